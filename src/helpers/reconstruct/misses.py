"""What is left where no cohort was found that meets every constraint, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..published import Entry, Study
from .codes import AS_POWERS, KM_MEDIAN, KM_MEDIAN_LIMIT, KM_QUANTILE
from .constraints import Layout


class UnsatisfiedError(ValueError):
    """No cohort was found that meets every constraint; the message names those that are left."""


def unsatisfied(
    study: Study,
    layout: Layout,
    values: NDArray[np.float64],
    violations: NDArray[np.float64],
    done: int,
) -> str:
    """What is left of the constraints of the nearest cohort, in words."""
    targets = {entry.id: entry for entry in study.targets}
    lines = []
    for label, what, value, violation in zip(
        layout.labels, layout.programme.what, values, violations, strict=True
    ):
        if violation > 0:
            lines.append(f"  {label}: {_missed(targets.get(label), int(what[0]), value)}")
    return (
        f"no cohort was found that meets every constraint, in {done:,} evaluations; "
        f"the nearest misses {len(lines)} of {len(layout.labels)}:\n" + "\n".join(lines)
    )


def _missed(entry: Entry | None, kind: int, value: float) -> str:
    if entry is None:
        return f"broken in {value:.0f} rows"
    expected = f"{entry.text if entry.relation == '<' else entry.relation + ' ' + entry.text}"
    if np.isnan(value):
        return f"expected {expected}, found none that can be computed"
    if kind in (KM_MEDIAN, KM_QUANTILE):
        return f"expected {expected}, found a curve that is {value:.2g} percentage points off"
    if kind == KM_MEDIAN_LIMIT:
        return f"expected {expected}, found a limit of the curve that is {value:.2g} points off"
    if isinstance(entry.value, str):
        return f"expected {expected} alone at the level, found p values off by a factor {10**value:.3g}"
    if kind in AS_POWERS:
        value = 10**value
    assert isinstance(entry.value, (int, float))
    return f"expected {expected}, found {value:.4g}, off by {abs(value - entry.value):.2g}"
