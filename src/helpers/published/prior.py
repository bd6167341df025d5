"""The form of a column's prior: how its values are drawn before the search."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from .strict import Strict

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Probability = Annotated[float, Field(ge=0, le=1)]


class Normal(Strict):
    """A normal distribution by mean and standard deviation."""

    mean: _Finite
    sd: Positive


class Lognormal(Strict):
    """A lognormal distribution by its median and the standard deviation of its logarithm."""

    median: Positive
    sd_log: Positive


class _Weibull(Strict):
    median: Positive
    shape: Positive


class _Uniform(Strict):
    from_: _Finite = Field(alias="from")
    to: _Finite

    @model_validator(mode="after")
    def _ordered(self) -> _Uniform:
        if self.from_ > self.to:
            raise ValueError("from must not be above to")
        return self


class _Even(Strict):
    from_: datetime.date = Field(alias="from")
    to: datetime.date

    @model_validator(mode="after")
    def _ordered(self) -> _Even:
        if self.from_ > self.to:
            raise ValueError("from must not be after to")
        return self


class _Latent(Strict):
    """One of the distributions of a number."""

    normal: Normal | None = None
    lognormal: Lognormal | None = None
    weibull: _Weibull | None = None
    uniform: _Uniform | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> _Latent:
        kinds = set(type(self).model_fields) - {"absent", "within"}
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise ValueError(f"one of {', '.join(sorted(kinds))} was expected")
        return self


class _Happened(Strict):
    column: str
    cause: str


class _Growth(Strict):
    since: str
    start: Positive
    doubling_months: Positive
    sd_log: Positive
    otherwise: _Latent


class _Prior(_Latent):
    choice: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] | None = None
    flag: _Probability | None = None
    happened: _Happened | None = None
    earlier_of: Annotated[dict[str, _Latent], Field(min_length=1)] | None = None
    growth: _Growth | None = None
    same_as: str | None = None
    even: _Even | None = None
    absent: _Probability | None = None
    within: tuple[_Finite, _Finite] | None = None

    @model_validator(mode="after")
    def _possible(self) -> _Prior:
        if self.choice is not None and not sum(self.choice.values()) > 0:
            raise ValueError("choice: a weight above 0 was expected")
        if self.within is not None and self.within[0] > self.within[1]:
            raise ValueError("within: the lower limit is above the upper one")
        return self


def checked(prior: dict[str, Any]) -> dict[str, Any]:
    """A prior as it came, once its form is right.

    Raises
    ------
    ValueError
        When it is of no known kind, or a parameter is missing or impossible; the message names it.
    """
    try:
        _Prior.model_validate(prior)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            message = "it is missing"
        elif problem["type"] == "extra_forbidden":
            message = "nothing of that name is known"
        raise ValueError(f"{where}: {message}" if where else message) from None
    return prior
