"""What one more printed number would have told: which of the open quantities closes most of another."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..calibration.reporting import by_measure
from ..ensemble import Ensemble, quantities, unprinted
from ..ensemble.open_ranges import printed_names

LEAST, MOST, ERROR = "closed_least", "closed_most", "closed_error"
_FEWEST = 50
"""Cohorts of a measure in which a quantity has to be finite; `worth` takes no fewer."""


def one_more(ensemble: Ensemble) -> pd.DataFrame:
    """For each quantity that is open, the other one that would close most of it, had it been printed.

    Numbers are taken as they would be printed: counts whole, everything else with one decimal.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    DataFrame
        A row a quantity, most closed first: `quantity`; `number`, what would have been printed;
        `closed_least` and `closed_most`, the share of the variance that it closes, in percent, under
        the measure where it closes least and where most; and `closed_error`, the largest of their
        standard errors, in points. A quantity is left out that is printed, that does not vary, or
        that is finite in fewer than 50 cohorts of a measure or in those of one chain alone.
    """
    words = quantities(ensemble)
    words = words[words["main"] & ~words.index.isin(printed_names(ensemble))]
    values = unprinted(ensemble)[list(words.index)]
    values = values.loc[:, [_varies(values[name], ensemble) for name in values]]
    values.columns = pd.Index(words["words"][values.columns])
    as_printed = {
        str(name): column.round(0 if _whole(column) else 1).to_numpy()
        for name, column in values.items()
    }
    rows = []
    for own in as_printed:
        others = {other: numbers for other, numbers in as_printed.items() if other != own}
        found = by_measure(ensemble, values[own], others)
        found = found[found["number"] != "nothing more"]
        if found.empty:
            continue
        # sorted by the mean over measures
        best = found[found["number"] == found["number"].iloc[0]]
        closed = best["closed"]
        rows.append(
            (own, best["number"].iloc[0], closed.min(), closed.max(), best["closed_se"].max())
        )
    shares = {name: float for name in (LEAST, MOST, ERROR)}
    found = pd.DataFrame(rows, columns=["quantity", "number", *shares]).astype(shares)
    order = np.argsort(-(found[LEAST] + found[MOST]).to_numpy(), kind="stable")
    percent = {name: (100 * found[name]).round().astype(int) for name in shares}
    return found.assign(**percent).iloc[order].reset_index(drop=True)


def _varies(values: pd.Series, ensemble: Ensemble) -> bool:
    """Whether a share of its variance can be estimated, under every measure."""
    finite = np.isfinite(values.to_numpy())
    measures = ensemble.record["measure"].to_numpy()
    return all(
        (here := finite & (measures == one)).sum() >= _FEWEST
        and np.ptp(values[here]) > 0
        and np.ptp(ensemble.record["shard"][here]) > 0
        for one in pd.unique(measures)
    )


def _whole(values: pd.Series) -> bool:
    finite = values[np.isfinite(values)]
    return bool((finite == finite.round()).all())
