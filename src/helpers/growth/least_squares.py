"""One least-squares fit of one curve by lmfit, at the precision that NIST certifies."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .laws import LAWS, Law

if TYPE_CHECKING:
    from lmfit.parameter import Parameters

# Step of the numerical slopes: lmfit's own, 1e-10, costs half the digits that NIST certifies.
_EPSILON = 2.220446049250313e-16


def parameters_of(law: Law, values: dict[str, float]) -> Parameters:
    """lmfit's parameters of a law, at some values and with the law's limits."""
    from lmfit.parameter import Parameters

    parameters = Parameters()
    for name, value in values.items():
        parameters.add(name, value=value, min=law.lowest.get(name, -inf))
    return parameters


def least_squares(
    curve: Callable[..., NDArray[np.float64]],
    months: NDArray[np.float64],
    diameter_mm: NDArray[np.float64],
    start: Parameters,
    *,
    rough: bool = False,
) -> Any:
    """lmfit's result for a curve, or None without convergence.

    A rough fit is for resampling: it computes no standard errors, and it keeps a result that is
    still on its way after many evaluations, such as one whose final diameter runs away while the
    curve hardly moves.
    """
    from lmfit.model import Model

    tolerance = 1e-6 if rough else 1e-13
    model = Model(curve, independent_vars=["months"], param_names=list(start))
    with np.errstate(all="ignore"):
        try:
            result = model.fit(
                diameter_mm,
                start,
                months=months,
                calc_covar=not rough,
                max_nfev=400 if rough else None,
                fit_kws={"xtol": tolerance, "ftol": tolerance, "epsfcn": _EPSILON},
            )
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
    return result if isfinite(result.chisqr) and (result.success or rough) else None


def runs_away(law: Law, months: NDArray[np.float64], diameter_mm: NDArray[np.float64]) -> bool:
    """Whether least squares is on its way to a final diameter without end.

    There Gompertz and logistic growth become exponential, which then fits at least as well as any
    curve on the way.
    """
    if "dmax" not in law.parameters:
        return False
    on_the_way = [
        least_squares(law.curve, months, diameter_mm, parameters_of(law, at), rough=True)
        for at in law.starts(months, diameter_mm)
    ]
    limit = LAWS["exponential"]
    (start,) = limit.starts(months, diameter_mm)
    exponential = least_squares(limit.curve, months, diameter_mm, parameters_of(limit, start))
    best = min((one.chisqr for one in on_the_way if one is not None), default=inf)
    return exponential is not None and exponential.chisqr <= best * (1 + 1e-9)
