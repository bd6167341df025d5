"""Tables of one's own, and the tables of the contract that are made of them by a mapping.

`sheets` reads a table as people send it, `guesses` looks at its columns, and `suggestions` writes a
mapping with what was guessed. `vocabulary` is what a mapping can say, `decoding` reads cells by it, and
`making` gives the tables, with all faults at once. `declaration` is the study that they are held to, as the
cohort declares it. `codebook` has the empty tables, every column of which is explained.
"""
