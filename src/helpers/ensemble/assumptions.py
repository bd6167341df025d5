"""What the requirements that are assumed do to what an ensemble says.

Cohorts drawn without any of them are the ones to ask. Those among them that meet a requirement are
draws of the measure given that requirement as well, so that each set of assumptions has its own
intervals from one run: they are weighted by 1 or 0.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ..published import Study
from .cohorts import Ensemble
from .leeway import main
from .quantiles import ENVELOPE, intervals
from .store import EnsembleError
from .verification import verify

FEWEST = 40
"""Cohorts of which an interval of 95% can be told."""


def without_assumptions(study: Study) -> Study:
    """The study without the requirements that are assumed."""
    kept = {id: entry for id, entry in study.requirements.items() if not entry.assumed}
    return study.model_copy(update={"requirements": kept})


def effects(ensemble: Ensemble, study: Study) -> pd.DataFrame:
    """What each main quantity is with and without each kind of assumption.

    Parameters
    ----------
    ensemble : Ensemble
        Drawn without any of them, see `without_assumptions`.
    study : Study
        The study with them.

    Returns
    -------
    DataFrame
        As `intervals`, but a row a quantity, set of assumptions and measure, without envelopes:
        `assumed` ("all", "all but" a statistic of requirements, "none"), and the number of
        `cohorts` drawn that meet them. Ends and errors are NaN with fewer than 40 cohorts.

    Raises
    ------
    EnsembleError
        For a study that assumes nothing.
    """
    kinds: dict[str, list[str]] = {}
    for id, entry in study.requirements.items():
        if entry.assumed:
            kinds.setdefault(entry.estimand.statistic, []).append(id)
    if not kinds:
        raise EnsembleError("no requirement of the study is marked as assumed")
    asked = replace(ensemble, study=study)
    agrees = verify(asked).agrees
    holds = {kind: agrees[ids].all(axis=1).to_numpy() for kind, ids in kinds.items()}
    everywhere = np.ones(len(ensemble), bool)
    sets = {"all": np.logical_and.reduce(list(holds.values()))}
    for left_out in kinds:
        others = [held for kind, held in holds.items() if kind != left_out]
        sets[f"all but {left_out}"] = np.logical_and.reduce([everywhere, *others])
    sets["none"] = everywhere
    values, record = main(asked), asked.record.reset_index(drop=True)
    tables = []
    for assumed, held in sets.items():
        table = intervals(values[pd.Series(held)], record[pd.Series(held)])
        table = table[table["measure"] != ENVELOPE]
        few = table["cohorts"] < FEWEST
        table.loc[few, table.columns[3:]] = np.nan
        tables.append(table.assign(assumed=assumed))
    found = pd.concat(tables, ignore_index=True)
    order = [
        "quantity",
        "assumed",
        *(name for name in found if name not in ("quantity", "assumed")),
    ]
    return found[order]
