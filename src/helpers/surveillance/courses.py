"""What becomes of the metastasis of each woman if nobody looks for it: drawn, from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .paths import Path, Reals


@dataclass(frozen=True)
class Courses:
    """Women who each get one metastasis; an element a woman.

    Attributes
    ----------
    path : Path
        The way from the diameter at which a lesion counts as visible to the second one.
    visible_months : array
        When her lesion has the first diameter of the path, months after the clear scan at 0.
    window_months : array
        From there to the second.
    felt_months : array
        When it would be felt; infinite where never.
    fatal_months : array
        When it has the diameter at which she dies.
    number : array of int
        By which a woman has the same random numbers under every schedule.
    """

    path: Path
    visible_months: Reals
    window_months: Reals
    felt_months: Reals
    fatal_months: Reals
    number: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.visible_months)

    def where(self, chosen: NDArray[np.bool_]) -> Courses:
        """Some of the women.

        Parameters
        ----------
        chosen : (n,) array of bool
            An element a woman.

        Returns
        -------
        Courses
        """
        at = np.asarray(chosen, np.bool_)
        names = ("visible_months", "window_months", "felt_months", "fatal_months", "number")
        return replace(self, **{name: getattr(self, name)[at] for name in names})


def tail_months(cells: pd.DataFrame) -> float:
    """Mean time after the last closed cell, if the hazard of that cell goes on.

    Parameters
    ----------
    cells : DataFrame
        `lower`, `upper` (months) and `patients`, in order; the last upper end is infinite.

    Returns
    -------
    float
        Months; the width of the cell where nobody, or everybody, is in it.
    """
    width = float(cells["upper"].iloc[-2] - cells["lower"].iloc[-2])
    inside, later = (float(n) for n in cells["patients"].iloc[-2:])
    return width / log((inside + later) / later) if inside > 0 and later > 0 else width


def draw_courses(
    count: int,
    cells: pd.DataFrame,
    path: Path,
    window_months: float,
    *,
    spread: float = 0.0,
    shares: ArrayLike | None = None,
    printed_mm: float | None = None,
    felt_mm: float = 30.0,
    felt_spread: float = 0.3,
    fatal_mm: float = 100.0,
    seed: int = 1,
) -> Courses:
    """Draw women and the courses of their metastases.

    Parameters
    ----------
    count : int
        Women drawn.
    cells : DataFrame
        Distribution of the printed month: `lower`, `upper` and `patients`, the last cell open.
    path : Path
    window_months : float
        Median time that the path takes, months.
    spread : float
        SD of the logarithm of that time between women; 0 lets all lesions grow alike.
    shares : array-like, optional
        Of the cells, in place of those of `patients`.
    printed_mm : float, optional
        The diameter that a lesion has in its printed month; the first of the path if left out. Where
        it is larger, women whose lesion was visible at month 0 are left out.
    felt_mm, felt_spread : float
        Median diameter at which a lesion is felt, mm, and the SD of its logarithm.
    fatal_mm : float
        Diameter at which a woman dies, mm.
    seed : int
        With the same seed the same women have the same place in every distribution.

    Returns
    -------
    Courses

    Raises
    ------
    ValueError
        For a time that is not positive, or shares that do not belong to the cells.
    """
    if not window_months > 0:
        raise ValueError("window_months: a time above 0 was expected")
    given = cells["patients"] if shares is None else shares
    part = np.asarray(given, float)
    if part.shape != (len(cells),) or (part < 0).any() or not part.sum() > 0:
        raise ValueError("shares: one a cell was expected, none negative, and not all 0")
    rng = np.random.default_rng(seed)
    place, within = rng.random(count), rng.random(count)
    pace, at_feeling = rng.standard_normal(count), rng.standard_normal(count)
    edges = np.cumsum(part / part.sum())
    cell = np.minimum(np.searchsorted(edges, place, side="right"), len(part) - 1)
    lower, upper = cells["lower"].to_numpy(float), cells["upper"].to_numpy(float)
    width = np.where(np.isfinite(upper), upper - lower, 0.0)
    printed = lower[cell] + width[cell] * within
    printed += np.where(np.isinf(upper[cell]), -tail_months(cells) * np.log1p(-within), 0.0)
    window = window_months * np.exp(spread * pace)
    ahead = float(path.clock(printed_mm)) if printed_mm is not None else 0.0
    visible = printed - window * ahead
    felt = visible + window * path.clock(felt_mm * np.exp(felt_spread * at_feeling))
    fatal = visible + window * float(path.clock(fatal_mm))
    drawn = Courses(path, visible, window, felt, fatal, np.arange(count, dtype=np.uint64))
    return drawn.where(visible >= 0)
