"""Fit a law of growth to lesions by non-linear least squares, with lmfit."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, log, nan, pi, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .laws import LAWS, GrowthError, Law, months_to
from .least_squares import least_squares, parameters_of, runs_away

RUNAWAY_MM = 1000.0
"""A final diameter beyond this means that the lesions show no plateau."""
_ROUNDING = 1e-9
"""A rise by no more than this share of the diameter at the scan is none."""

_MONTHS, _DIAMETER = "months_since_negative_ct", "diameter_mm"


@dataclass(frozen=True)
class GrowthFit:
    """A fitted growth curve.

    Attributes
    ----------
    law : Law
        Which curve.
    parameters : DataFrame
        A row a parameter: `estimate`, `se`, `lower`, `upper` (95%, Student's t), `unit`,
        `meaning`. Missing standard errors mean that the curve is flat in that parameter.
    n : int
        Number of lesions fitted.
    residual_sd : float
        Residual standard deviation in mm, on n minus the number of parameters degrees of freedom.
    aic : float
        Akaike's criterion as R's `AIC` of an `nls` fit; the variance counts as a parameter.
    lesions : DataFrame
        The lesions fitted, with their own index and columns and, besides, `months`,
        `observed_mm`, `fitted_mm` and `residual_mm`.
    """

    law: Law
    parameters: pd.DataFrame
    n: int
    residual_sd: float
    aic: float
    lesions: pd.DataFrame
    _result: Any = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Name of the law."""
        return self.law.name

    @property
    def formula(self) -> str:
        """The curve in LaTeX, without dollar signs."""
        return self.law.formula

    @property
    def estimates(self) -> dict[str, float]:
        """The estimates by name of parameter."""
        return {name: float(self._result.params[name].value) for name in self.law.parameters}

    @property
    def grows(self) -> bool:
        """Whether the curve rises over the months that were observed by more than rounding does."""
        at_scan, at_last = self.predict([0.0, self.lesions["months"].max()])
        return bool(at_last > at_scan * (1 + _ROUNDING))

    def predict(self, months: ArrayLike) -> NDArray[np.float64]:
        """Diameter in mm on the curve at some months since the negative CT."""
        return np.asarray(self.law.curve(np.asarray(months, float), **self.estimates), float)

    def prediction_band(self, months: ArrayLike, level: float = 0.95) -> pd.DataFrame:
        """The curve with an interval for its mean and one for a single new lesion.

        Parameters
        ----------
        months : (n,) array-like
            Months since the negative CT.
        level : float
            Coverage.

        Returns
        -------
        DataFrame
            `months`, `diameter_mm`, `mean_lower`, `mean_upper`, `lower`, `upper`; a row a month,
            diameters in mm. The bounds are NaN without standard errors. They lie symmetric about
            the curve, as least squares supposes, so the lower one can fall below 0.
        """
        at = np.atleast_1d(np.asarray(months, float))
        mean = new = np.full(at.size, nan)
        if _has_errors(self._result):
            with np.errstate(all="ignore"):
                mean = self._result.eval_uncertainty(sigma=level, months=at)
                new = self._result.dely_predicted
        middle = self.predict(at)
        return pd.DataFrame(
            {
                "months": at,
                "diameter_mm": middle,
                "mean_lower": middle - mean,
                "mean_upper": middle + mean,
                "lower": middle - new,
                "upper": middle + new,
            }
        )


def fit(
    lesions: pd.DataFrame,
    model: str | Law = "exponential",
    *,
    time_col: str = _MONTHS,
    diameter_col: str = _DIAMETER,
) -> GrowthFit:
    """Fit a growth curve to lesions by least squares on the diameter.

    Parameters
    ----------
    lesions : DataFrame
        A row a lesion; those without an earlier negative CT are left out.
    model : str or Law
        `exponential`, `Gompertz`, `logistic`, `power law`, or a law of one's own.
    time_col, diameter_col : str
        Columns with months since the negative CT and diameters in mm.

    Returns
    -------
    GrowthFit

    Raises
    ------
    GrowthError
        With fewer lesions than the parameters plus one, without spread in time, without
        convergence, or when a law with a final diameter finds no plateau.

    Notes
    -----
    Least squares by Levenberg and Marquardt (MINPACK, through lmfit) on all lesions with equal
    weight. Checked against the certified values of NIST's Misra1a and Chwirut2.
    """
    law = model if isinstance(model, Law) else LAWS[model]
    rows = _usable(lesions, law, time_col, diameter_col)
    months, diameter_mm = rows["months"].to_numpy(), rows["observed_mm"].to_numpy()
    found = [
        least_squares(law.curve, months, diameter_mm, parameters_of(law, at))
        for at in law.starts(months, diameter_mm)
    ]
    result = min(
        (one for one in found if one is not None),
        key=lambda one: one.chisqr,
        default=None,
    )
    endless = result is None and runs_away(law, months, diameter_mm)
    if endless or (result and result.best_values.get("dmax", 0.0) > RUNAWAY_MM):
        raise GrowthError(
            f"{law.name} growth: these lesions show no plateau (the final diameter runs beyond "
            f"{RUNAWAY_MM:.0f} mm)"
        )
    if result is None:
        raise GrowthError(f"{law.name} growth: least squares did not converge")
    n, count, rss = len(rows), result.nvarys, float(result.chisqr)
    fitted = np.asarray(result.best_fit, float)
    return GrowthFit(
        law=law,
        parameters=_parameters(law, result),
        n=n,
        residual_sd=sqrt(rss / (n - count)),
        aic=n * (log(2 * pi * rss / n) + 1) + 2 * (count + 1) if rss > 0 else -inf,
        lesions=rows.assign(fitted_mm=fitted, residual_mm=diameter_mm - fitted),
        _result=result,
    )


def compare(
    lesions: pd.DataFrame,
    models: tuple[str, ...] = tuple(LAWS),
    *,
    target_mm: float = 15.0,
    time_col: str = _MONTHS,
    diameter_col: str = _DIAMETER,
) -> pd.DataFrame:
    """Fit several laws to the same lesions.

    Returns
    -------
    DataFrame
        A row a law (index `model`): `formula`, `parameters` (how many), `n`, `residual_sd` (mm),
        `aic`, `delta_aic`, `months_to_target`, and `note`, which says what could not be computed.
    """
    rows = []
    for model in models:
        row: dict[str, Any] = {
            "model": model,
            "formula": LAWS[model].formula,
            "note": "",
        }
        try:
            fitted = fit(lesions, model, time_col=time_col, diameter_col=diameter_col)
            row |= {"parameters": len(fitted.parameters), "n": fitted.n}
            row |= {"residual_sd": fitted.residual_sd, "aic": fitted.aic}
            row["months_to_target"] = months_to(fitted.law, fitted.estimates, target_mm)
        except GrowthError as error:
            row["note"] = str(error)
        rows.append(row)
    columns = [
        "formula",
        "parameters",
        "n",
        "residual_sd",
        "aic",
        "months_to_target",
        "note",
    ]
    table = pd.DataFrame(rows, columns=["model", *columns]).set_index("model")
    table[["parameters", "n"]] = table[["parameters", "n"]].astype("Int64")
    table.insert(4, "delta_aic", table["aic"] - table["aic"].min())
    return table


def months_to_diameter(
    lesions: pd.DataFrame, time_col: str, diameter_col: str, target_mm: float
) -> float:
    """Months from the negative CT at which exponential growth reaches a diameter.

    Parameters
    ----------
    lesions : DataFrame
    time_col, diameter_col : str
        Columns with months since the negative CT and diameters in mm.
    target_mm : float
        The diameter, mm.

    Returns
    -------
    float
        Negative when the curve is above that diameter at the scan already.

    Raises
    ------
    GrowthError
        As `fit`, and when the curve does not grow.
    """
    fitted = fit(lesions, time_col=time_col, diameter_col=diameter_col)
    if not fitted.grows:
        raise GrowthError(f"{fitted.name} growth: the fitted curve does not grow")
    return months_to(fitted.law, fitted.estimates, target_mm)


def _usable(lesions: pd.DataFrame, law: Law, time_col: str, diameter_col: str) -> pd.DataFrame:
    for column in (time_col, diameter_col):
        if column not in lesions:
            raise GrowthError(f"the lesions have no column {column!r}")
    rows = lesions.assign(
        months=lesions[time_col].astype(float),
        observed_mm=lesions[diameter_col].astype(float),
    ).dropna(subset=["months", "observed_mm"])
    needed = len(law.parameters) + 1
    if len(rows) < needed:
        raise GrowthError(
            f"{law.name} growth: {needed} lesions with an earlier negative CT are needed, "
            f"found {len(rows)}"
        )
    if rows["months"].nunique() < 2:
        raise GrowthError(
            f"{law.name} growth: every lesion was found equally long after its negative CT"
        )
    if (rows["observed_mm"] <= 0).any() or (rows["months"] < 0).any():
        raise GrowthError("diameters above 0 mm and months from 0 on were expected")
    return rows


def _has_errors(result: Any) -> bool:
    errors = [result.params[name].stderr for name in result.var_names]
    return all(error is not None and isfinite(error) and error > 0 for error in errors)


def _parameters(law: Law, result: Any) -> pd.DataFrame:
    rows = {}
    for name, (unit, meaning) in law.parameters.items():
        parameter = result.params[name]
        se = nan if parameter.stderr is None else float(parameter.stderr)
        half = stdtrit(result.nfree, 0.975) * se
        rows[name] = {
            "estimate": float(parameter.value),
            "se": se,
            "lower": parameter.value - half,
            "upper": parameter.value + half,
            "unit": unit,
            "meaning": meaning,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")
