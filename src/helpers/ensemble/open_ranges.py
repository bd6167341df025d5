"""Where the numbers that nothing prints lie over an ensemble, of this study and of any other."""

from __future__ import annotations

import pandas as pd

from ..published import KaplanMeier, KaplanMeierMedian
from . import quoted
from .cohorts import Ensemble
from .leeway import main, quantities
from .quantiles import intervals
from .store import EnsembleError


def open_ranges(ensemble: Ensemble) -> pd.DataFrame:
    """The table of `ensemble unprinted`: what the chapters quote, or what the entries of a study leave open.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    DataFrame
        As `quoted.ranges`. Of a study without the endpoints of the chapters, it has the main
        quantities of `leeway.quantities` that the study does not print; of these, rates are in
        percent.

    Raises
    ------
    EnsembleError
        When the study has nothing of which a range could be told: no curve, no test, no model.
    """
    if not quoted.lacking(ensemble.study):
        return quoted.ranges(ensemble)
    words = quantities(ensemble)
    kept = [name for name in words.index[words["main"]] if name not in printed_names(ensemble)]
    if not kept:
        raise EnsembleError(
            f"{ensemble.name}: a study with a curve, a test or a model was expected"
        )
    table = intervals(main(ensemble)[kept], ensemble.record)
    about = words.rename_axis("quantity").reset_index()
    return about.merge(table, on="quantity", validate="one_to_many")[quoted.COLUMNS]


def printed_names(ensemble: Ensemble) -> set[str]:
    """Quantities of everybody that the study prints: only their rounding is open."""
    names = set()
    for entry in ensemble.study.entries.values():
        told = entry.estimand
        if isinstance(told, KaplanMeier | KaplanMeierMedian) and ensemble.members(told.group).all():
            what = f"survival-{told.time:g}" if isinstance(told, KaplanMeier) else "median"
            names.add(f"{told.endpoint}.{what}")
    return names
