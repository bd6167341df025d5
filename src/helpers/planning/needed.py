"""What can be planned at all: inputs that make no study are refused in one sentence."""

from __future__ import annotations

from math import inf, isclose, isfinite


class PlanError(ValueError):
    """An input with which no study can be planned; the message says what was expected."""


def check_ratio(value: float, name: str = "ratio") -> float:
    """A ratio that can be found: above 0 and not 1.

    Raises
    ------
    PlanError
    """
    if not (isfinite(value) and value > 0):
        raise PlanError(f"{name}: a hazard ratio above 0 was expected, found {value:g}")
    if isclose(value, 1):
        raise PlanError(f"{name}: a ratio of 1 is no difference, which no study can find")
    return value


def check_share(value: float, name: str) -> float:
    """A share strictly between 0 and 1.

    Raises
    ------
    PlanError
    """
    if not 0 < value < 1:
        raise PlanError(
            f"{name}: more than 0% and less than 100% was expected, found {100 * value:.4g}%"
        )
    return value


def check_between(value: float, name: str, least: float, most: float = inf) -> float:
    """A finite number from `least` to `most`.

    Raises
    ------
    PlanError
    """
    if not (isfinite(value) and least <= value <= most):
        wanted = f"at least {least:g}" if most == inf else f"{least:g} to {most:g}"
        raise PlanError(f"{name}: {wanted} was expected, found {value:g}")
    return value


def check_positive(value: float, name: str) -> float:
    """A finite number above 0.

    Raises
    ------
    PlanError
    """
    if not (isfinite(value) and value > 0):
        raise PlanError(f"{name}: more than 0 was expected, found {value:g}")
    return value


def check_test(power: float, alpha: float) -> None:
    """A power that says more than the level of the test.

    Raises
    ------
    PlanError
        A test that looks at nothing is significant as often as its level says.
    """
    check_share(alpha, "alpha")
    check_share(power, "power")
    if power <= alpha:
        raise PlanError(
            f"power: more than the level of {100 * alpha:.4g}% was expected, found "
            f"{100 * power:.4g}%, which a test has without looking at a patient"
        )
