"""Every printed number in every cohort, by code that shares nothing with the search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..published import Entry
from .cohorts import Ensemble
from .values import estimates


@dataclass(frozen=True)
class Verdict:
    """What the cohorts of an ensemble print.

    Attributes
    ----------
    reproduced : DataFrame
        A row a cohort, a column an entry that a cohort can reproduce: its value there.
    agrees : DataFrame of bool
        Whether it prints the same.
    failures : DataFrame
        A row a number that differs: `cohort`, `entry`, `printed`, `reproduced`.
    """

    reproduced: pd.DataFrame
    agrees: pd.DataFrame
    failures: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Whether every cohort prints every number."""
        return self.failures.empty


def verify(ensemble: Ensemble) -> Verdict:
    """Compare every printed number, and every requirement, with every cohort's.

    Parameters
    ----------
    ensemble : Ensemble
        Which was held to the data contract when it was read.

    Returns
    -------
    Verdict
    """
    entries = [e for e in ensemble.study.targets if e.estimand.statistic != "definition"]
    values = pd.DataFrame({e.id: estimates(ensemble, e.estimand) for e in entries})
    agrees = pd.DataFrame({e.id: _agrees(e, values[e.id]) for e in entries})
    printed = {entry.id: entry.statement for entry in entries}
    cohort, column = np.nonzero(~agrees.to_numpy())
    failures = pd.DataFrame(
        {
            "cohort": cohort,
            "entry": agrees.columns[column],
            "printed": [printed[entry] for entry in agrees.columns[column]],
            "reproduced": pd.Series(values.to_numpy(object)[cohort, column], dtype=object),
        }
    )
    return Verdict(values, agrees, failures)


def _agrees(entry: Entry, values: pd.Series) -> pd.Series:
    """The rule of the scorecard, asked once for each different value."""
    codes, different = pd.factorize(values, use_na_sentinel=False)
    verdicts = [bool(entry.agrees(None if pd.isna(value) else value)) for value in different]
    return pd.Series(np.array(verdicts, bool)[codes], values.index)
