"""The chain beside exact enumeration, on a study of five patients whose cohorts can all be listed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from .. import published
from . import enumeration

FILE = published.DATA / "tiny.yaml"
_GAPS = {"columns": 400}
_GAP = 1500
"""States from one cohort taken to the next where parameters are free: they move more rarely."""


def compare_tiny(
    draws: int, seed: int, progress: Callable[[int], None] | None = None
) -> pd.DataFrame:
    """Hold the chain against exact probabilities under each measure of the tiny study.

    Parameters
    ----------
    draws, seed : int
    progress : callable, optional
        Called with the measures that are done.

    Returns
    -------
    DataFrame
        A row a measure: `measure` (its label), `cohorts` that print the same, `draws`, the total
        variation `distance` of their shares in the chain from their probabilities, what it would be
        on average for as many independent draws (`expected`), and the `p` value of a chi-square test.
    """
    study = published.load(FILE)
    rows = []
    for name, measure in study.measures.items():
        found = enumeration.compare(study, name, seed, draws, _GAPS.get(name, _GAP))
        rows.append(
            {
                "measure": measure.label, "cohorts": found.cohorts, "draws": found.draws,
                "distance": found.distance, "expected": found.expected_distance, "p": found.p_value,
            }
        )  # fmt: skip
        if progress is not None:
            progress(len(rows))
    return pd.DataFrame(rows).round(5)
