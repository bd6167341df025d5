"""What this study tells who plans the next: printed numbers, and ranges of those that are not printed.

Printed ones come from `data/published.yaml`, ranges over the ensemble from `data/unprinted.csv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from math import ceil

from .. import cohort, published, ranges
from .needed import PlanError, check_between, check_positive

_MONTH = 30.4375
Span = tuple[float, float]
"""The ends of a range."""


@dataclass(frozen=True)
class Told:
    """What the study tells a planner; times in months, shares from 0 to 1.

    Attributes
    ----------
    cut_mm : float
        Printed: the diameter that separates small from large.
    horizon : float
        Printed: when rates are read.
    patients, accrual : float
        Printed: how many were treated, and within how many months.
    small, large : float
        Printed: survival at the horizon by size.
    found_small, found : float
        Printed: share of at most the cut among lesions found within half a year of a clear CT, and share
        of patients with new progression, which is after treatment.
    lesions : int
        Printed: behind `found_small`.
    ratio, ratio_lower, larger, survival, follow_up, small_after : (float, float)
        Not printed: the outermost ends of the middle 95% of the ensemble under three measures, for the
        hazard ratio of size alone, the lower 95% limit of that ratio, the share of larger tumours,
        survival of all at the horizon, median follow-up with deaths censored, and the share of lesions
        of at most the cut among those found half a year after a negative CT, by the growth curve. They
        are no confidence limits, and nothing says how likely a value within is.
    """

    cut_mm: float
    horizon: float
    patients: float
    accrual: float
    small: float
    large: float
    found_small: float
    found: float
    lesions: int
    ratio: Span
    ratio_lower: Span
    larger: Span
    survival: Span
    follow_up: Span
    small_after: Span

    @property
    def a_year(self) -> float:
        """Patients that the study treated a year."""
        return 12 * self.patients / self.accrual

    @property
    def lost(self) -> Span:
        """Share lost a year at the constant rate that would give the median follow-up of `follow_up`.

        Part of what ends the follow-up of this study is its end and not loss, so these are high.
        """
        least, most = self.follow_up
        return 1 - 0.5 ** (12 / most), 1 - 0.5 ** (12 / least)

    @property
    def found_small_limits(self) -> Span:
        """Exact 95% limits of `found_small`."""
        return _exact(self.found_small, self.lesions)

    @property
    def found_limits(self) -> Span:
        """Exact 95% limits of `found`."""
        return _exact(self.found, self.patients)

    def centres(self, patients: float, accrual: float) -> int:
        """Centres of this study's pace that enter so many patients in so many months.

        Parameters
        ----------
        patients, accrual : float
            How many, and within how many months.

        Raises
        ------
        PlanError
            For an accrual of no time.
        """
        check_positive(accrual, "accrual")
        return ceil(patients / (self.a_year * accrual / 12) - 1e-9)


@cache
def told() -> Told:
    """What the shipped study tells."""
    study = published.load()

    def number(name: str) -> float:
        return float(study[name].value)  # type: ignore[arg-type]

    first, last = study["window-start"].value, study["window-end"].value
    assert isinstance(first, date)
    assert isinstance(last, date)
    patients = number("n-patients")
    larger, above = _span("survival.patients.large"), _span("growth.above-15-6")
    return Told(
        cut_mm=number("cut-point"),
        horizon=12 * number("horizon"),
        patients=patients,
        accrual=((last - first).days + 1) / _MONTH,
        small=number("os-36-small") / 100,
        large=number("os-36-large") / 100,
        found_small=number("ct-small") / number("ct-lesions"),
        found=number("n-progression") / patients,
        lesions=round(number("ct-lesions")),
        ratio=_span("model.size.univariable"),
        ratio_lower=_span("model.size.univariable-lower"),
        larger=(larger[0] / patients, larger[1] / patients),
        survival=_span("survival.rate-36.everyone"),
        follow_up=_span("survival.follow-up.everyone"),
        small_after=(1 - above[1], 1 - above[0]),
    )


def beside(cut_mm: float, band_mm: float) -> Span:
    """Shares of the patients of the cohort just below a cut and just above it.

    What the abstract does not print is ours here: these diameters are synthetic.

    Parameters
    ----------
    cut_mm, band_mm : float
        The cut, and how far the bands reach from it, mm.

    Returns
    -------
    (float, float)
        Those up to the cut, and those above it.

    Raises
    ------
    PlanError
        For a band of no width.
    """
    check_between(band_mm, "band", 0.5)
    largest = cohort.load().patients["max_diameter_mm"]
    below = largest.between(cut_mm - band_mm, cut_mm, inclusive="right")
    above = largest.between(cut_mm, cut_mm + band_mm, inclusive="right")
    return float(below.mean()), float(above.mean())


def told_by_diameter(cut_mm: float, band_mm: float) -> float:
    """Share of the variance of the side of a cut that the diameter explains within a band, R².

    Of the patients of the cohort whose diameters are within the band. With diameters spread evenly it is
    three quarters.

    Parameters
    ----------
    cut_mm, band_mm : float
        The cut, and how far the band reaches from it to either side, mm.

    Returns
    -------
    float

    Raises
    ------
    PlanError
        For a band of no width, or without patients on both sides.
    """
    check_between(band_mm, "band", 0.5)
    largest = cohort.load().patients["max_diameter_mm"].dropna()
    near = largest[(largest > cut_mm - band_mm) & (largest <= cut_mm + band_mm)]
    side = (near > cut_mm).astype(float)
    if side.nunique() < 2 or len(near) < 3:
        raise PlanError(
            f"band: some patients on both sides of the cut were expected within {band_mm:g} mm"
        )
    return float(near.corr(side) ** 2)


def _exact(share: float, of: float) -> Span:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(round(share * of), round(of), method="beta")
    return float(low), float(high)


def _span(quantity: str) -> Span:
    """The envelope of a quantity over the measures."""
    rows = ranges.table()
    one = rows[(rows["quantity"] == quantity) & (rows["measure"] == ranges.ENVELOPE)].iloc[0]
    return float(one["lower"]), float(one["upper"])
