"""Whether the ensemble tells the truth where the truth is known, and what would have told more.

- `printing`: what a complete cohort would have printed, in the form of a study.
- `truths`: cohorts drawn from a reference measure; `public`, `public_sets`, `public_study`: real
  cohorts, summarised alike.
- `against`, `quantities`: an ensemble reconstructed from an abstract alone, beside its cohort.
- `simulated`: many truths, run after run; `departures`: how real cohorts differ from what is assumed.
- `ranks`: where known cohorts stand among members, and what a check would have seen.
- `reporting`: how much one more printed number would have closed.
"""
