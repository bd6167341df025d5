"""The data contract: what tables have to be, read, checked and derived from.

The contract stands in the study's YAML (`tables` and `rules`). pandera checks columns; what it has no
words for is here: file, row, expected, found; order in time; lesions and their patients. Chapters
use it by the door `helpers.cohort`.

`files` reads, `columns` checks cells, `recorded` knows the tables whose cells were checked when they
were shipped, `ties` makes times equal that differ by rounding errors, `relations` checks rows against
rows, `derived` adds the columns that follow, `faults` says what is wrong, and `understood` what was
understood of tables in which nothing is.
"""
