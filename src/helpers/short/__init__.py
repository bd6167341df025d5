"""The short form of an abstract, twenty lines, and the study that it becomes.

    name: yeung-2017
    rows: 18 patients
    groups:
      primary: {lung: 4, bowel: 7, other: 7}
    counts:
      solitary: 8
      at first presentation: 11 (61%)
    summaries:
      follow-up: 33.6
      size cm: 1.95 (0.8-6.2)
      age: 62.1 ± 9.2
    rates:
      os 12: 89%
      local control 12: 94%

Numbers are written as they are printed: their decimals are those of the text. What the full form
needs besides follows from the numbers by rules, which the modules say: `texts` reads a number,
`names` a key, `lines` the file, `likely` gives priors, and `whole` puts all together.
"""

from __future__ import annotations

from .lines import ShortError, read
from .whole import expanded, written

__all__ = ["ShortError", "expanded", "read", "written"]
