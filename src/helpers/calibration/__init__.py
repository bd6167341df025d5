"""Whether the ensemble tells the truth where the truth is known, and what would have told more.

- `abstract`: what a complete cohort would have printed, in the form of a study.
- `truths`: cohorts drawn from a reference measure; `public`, `form`: real cohorts, summarised alike.
- `against`, `quantities`: an ensemble reconstructed from an abstract alone, beside its cohort.
- `coverage`: how often intervals held the truth; `simulated`: many truths, run after run.
- `reporting`: how much one more printed number would have closed.
"""
