"""Exponential growth of lesions, fitted in every cohort at once.

scipy and lmfit fit one curve a call. Where Gauss and Newton's method does not settle, the analysis of
the book (lmfit) takes over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import f as fisher
from scipy.stats import t as student

_Floats = NDArray[np.float64]
_BISECTIONS = 60


@dataclass(frozen=True)
class Growth:
    """The curve start · exp(rate · months) in every cohort.

    Attributes
    ----------
    count : int
        Cohorts.
    cohort, months, size : array, an element a lesion
    start, rate : array, an element a cohort
        NaN where there is no curve.
    """

    count: int
    cohort: NDArray[np.intp]
    months: _Floats
    size: _Floats
    start: _Floats
    rate: _Floats

    @property
    def lesions(self) -> _Floats:
        """Lesions of each cohort."""
        return self._total(np.ones_like(self.months))

    @property
    def grows(self) -> NDArray[np.bool_]:
        """Whether the curve rises by more than rounding over the months that were observed."""
        longest = np.zeros(self.count)
        np.maximum.at(longest, self.cohort, self.months)
        with np.errstate(invalid="ignore"):
            return self.rate * longest > 1e-9

    def months_to(self, target: float) -> _Floats:
        """Months at which the curve reaches a size; NaN where it does not grow."""
        with np.errstate(all="ignore"):
            found = (np.log(target) - np.log(self.start)) / self.rate
        return np.where(self.grows, found, np.nan)

    @property
    def doubling(self) -> _Floats:
        """Months in which the size doubles."""
        with np.errstate(all="ignore"):
            return np.where(self.grows, np.log(2) / self.rate, np.nan)

    @property
    def squares(self) -> _Floats:
        """Residual sum of squares."""
        with np.errstate(all="ignore"):
            fitted = self.start[self.cohort] * np.exp(self.rate[self.cohort] * self.months)
        return self._total((self.size - fitted) ** 2)

    def profile(self, target: float, level: float = 0.95) -> tuple[_Floats, _Floats]:
        """Ends of the profile interval of the months to a size; infinite where it has no upper end.

        By the F distribution, as R's `confint` of an `nls` fit. The curve goes through the target at
        a time; the sum of squares that is least over all rates tells how far that time can be.
        """
        n = self.lesions
        with np.errstate(all="ignore"):
            most = self.squares * (1 + fisher.ppf(level, 1, n - 2) / (n - 2))
        pace = 1 / self.months_to(target)
        ends = []
        for outer in (np.zeros(self.count), 50 * pace):
            inner = pace.copy()
            open_ended = self._least(outer, target) <= most
            for _ in range(_BISECTIONS):
                middle = (inner + outer) / 2
                fits = self._least(middle, target) <= most
                inner, outer = np.where(fits, middle, inner), np.where(fits, outer, middle)
            with np.errstate(divide="ignore"):
                ends.append(np.where(open_ended, 0.0, inner))
        with np.errstate(divide="ignore", invalid="ignore"):
            upper, lower = (1 / end for end in ends)
        known = self.grows & (pace > 0)
        return np.where(known, lower, np.nan), np.where(known, upper, np.nan)

    def _least(self, pace: _Floats, target: float) -> _Floats:
        """The least sum of squares of curves that reach the target at one over the pace.

        Over the logarithm of the start, by Gauss and Newton's method: start · (target / start)^(pace · months).
        """
        share = 1 - pace[self.cohort] * self.months
        top = np.log(target)
        logs = np.where(np.isfinite(self.start), np.log(np.maximum(self.start, 1e-9)), 0.0)
        logs = np.minimum(logs, top - 1e-9)
        fitted = np.exp(np.clip(top + share * (logs[self.cohort] - top), -50, 50))
        squares = self._total((self.size - fitted) ** 2)
        for _ in range(40):
            slope = fitted * share
            with np.errstate(all="ignore"):
                step = self._total((self.size - fitted) * slope) / self._total(slope**2)
            step = np.clip(np.nan_to_num(step), -0.5, 0.5)
            moved = logs
            for _ in range(6):  # halve what makes it worse
                moved = np.minimum(logs + step, top - 1e-9)
                at = np.exp(np.clip(top + share * (moved[self.cohort] - top), -50, 50))
                found = self._total((self.size - at) ** 2)
                worse = found > squares
                if not worse.any():
                    break
                step = np.where(worse, step / 2, step)
            better = found <= squares
            if np.max(np.abs(np.where(better, moved - logs, 0.0))) < 1e-10:
                break
            logs = np.where(better, moved, logs)
            fitted = np.exp(np.clip(top + share * (logs[self.cohort] - top), -50, 50))
            squares = np.where(better, found, squares)
        return squares

    def _total(self, values: _Floats) -> _Floats:
        return np.bincount(self.cohort.astype(np.intp, copy=False), values, self.count).astype(
            float
        )


@dataclass(frozen=True)
class LogLine:
    """The straight line of the logarithm of size against months, in every cohort."""

    start: _Floats
    rate: _Floats
    _sums: tuple[_Floats, _Floats, _Floats, _Floats]

    def months_to(self, target: float) -> _Floats:
        """Months at which it reaches a size; NaN where it does not rise."""
        with np.errstate(all="ignore"):
            found = (np.log(target) - self.start) / self.rate
        return np.where(self.rate > 0, found, np.nan)

    def share_above(self, target: float, months: float) -> _Floats:
        """Share of new lesions above a size at some months, by Student's t."""
        n, mean, spread, squares = self._sums
        with np.errstate(all="ignore"):
            error = squares / (n - 2) * (1 + 1 / n + (months - mean) ** 2 / spread)
            away = (np.log(target) - self.start - self.rate * months) / np.sqrt(error)
            return np.asarray(student.sf(away, n - 2), float)

    def weeks_within(self, target: float, share: float, month: float) -> _Floats:
        """The last week of a year after which at most a share of new lesions is above a size.

        Parameters
        ----------
        target : float
            The size.
        share : float
        month : float
            Days of a month.

        Returns
        -------
        array, an element a cohort
            0 where the first week is too late, NaN where there is no line.
        """
        weeks = np.arange(1, 53)
        above = np.stack([self.share_above(target, week * 7 / month) for week in weeks])
        last = np.where(above <= share, weeks[:, None], 0).max(axis=0).astype(float)
        return np.where(np.isnan(above).all(axis=0), np.nan, last)


def log_line(of: Growth) -> LogLine:
    """Fit the line to the lesions of a fitted curve."""
    months, logs = of.months, np.log(of.size)
    n = of.lesions
    with np.errstate(all="ignore"):
        mean, middle = of._total(months) / n, of._total(logs) / n
        x, y = months - mean[of.cohort], logs - middle[of.cohort]
        spread = of._total(x * x)
        rate = of._total(x * y) / spread
        squares = of._total((y - rate[of.cohort] * x) ** 2)
    return LogLine(middle - rate * mean, rate, (n, mean, spread, squares))


def exponential(rows: pd.DataFrame, count: int, time: str, size: str) -> Growth:
    """Fit exponential growth by least squares on the size.

    Parameters
    ----------
    rows : DataFrame
        Lesions, with the number of their `cohort`.
    count : int
        Cohorts.
    time, size : str
        Columns.
    """
    rows = rows[rows[[time, size]].notna().all(axis=1)]
    cohort = rows["cohort"].to_numpy(np.intp)
    months, observed = rows[time].to_numpy(float), rows[size].to_numpy(float)

    def total(values: _Floats) -> _Floats:
        return np.bincount(cohort, values, count).astype(float)

    with np.errstate(all="ignore"):
        n, logs = total(np.ones_like(months)), np.log(observed)
        x, y, xx, xy = total(months), total(logs), total(months**2), total(months * logs)
        rate = (n * xy - x * y) / (n * xx - x**2)
        start = (y - rate * x) / n  # both of the curve exp(start + rate months)
        moved = np.full(count, np.inf)
        for _ in range(50):
            fitted = np.exp(start[cohort] + rate[cohort] * months)
            left, square = (observed - fitted) * fitted, fitted**2
            a, b, c = total(square), total(square * months), total(square * months**2)
            f, g = total(left), total(left * months)
            determinant = a * c - b * b
            first, second = (c * f - b * g) / determinant, (a * g - b * f) / determinant
            start, rate = start + first, rate + second
            moved = np.maximum(np.abs(first), np.abs(second))
            if np.nanmax(moved, initial=0.0) < 1e-13:
                break
        start = np.exp(start)
    refused = total(((observed <= 0) | (months < 0)).astype(float)) > 0
    found = Growth(count, cohort, months, observed, start, rate)
    for number in np.flatnonzero(~(moved < 1e-12) | ~found.grows | (n < 3) | refused):
        start[number], rate[number] = _by_lmfit(rows[cohort == number], time, size)
    return found


def _by_lmfit(rows: pd.DataFrame, time: str, size: str) -> tuple[float, float]:
    from .. import growth  # lmfit is slow to import, and seldom needed here

    try:
        fitted = growth.fit(rows, time_col=time, diameter_col=size)
    except growth.GrowthError:
        return np.nan, np.nan
    return fitted.estimates["d0"], fitted.estimates["k"]
