"""Draw the picture of the README and write it to `book/_static/cover.svg`; `make cohort` calls it."""

from __future__ import annotations

import sys
from pathlib import Path

from lifelines import KaplanMeierFitter

from helpers import cohort, figures, page, published

PICTURE = Path(__file__).parents[1] / "_static" / "cover.svg"


def picture() -> str:
    """Overall survival by size in the shipped cohort, as SVG."""
    figures.style()
    patients = cohort.load(published.DATA / "cohort").patients
    fits = {
        str(label): KaplanMeierFitter(label=label).fit(group["follow_up_months"], group["died"])
        for label, group in patients.groupby("size_group", observed=True)
    }
    return page.svg(figures.kaplan_meier(fits, what="overall survival", mark_months=36))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.write_text(picture(), encoding="utf-8")
