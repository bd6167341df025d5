"""The prior of a column: how its values are drawn before the search.

In the file a prior is a mapping that names one kind and may say `absent` and `within`. Here it is a
`Prior` with a `kind` of one of the classes below; what is done with it goes by that class.
"""

from __future__ import annotations

import datetime
from typing import Annotated, TypeVar

from ..forms import ConfigDict, Field, RootModel, model_validator
from .strict import Strict

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Probability = Annotated[float, Field(ge=0, le=1)]
_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Root = TypeVar("_Root")


class Kind:
    """What every kind of prior has."""

    @property
    def needs(self) -> str | None:
        """The column of the same table that has to be drawn before it."""
        return None


class _Bare(RootModel[_Root], Kind):
    """A kind that the file gives as a value, without names of parameters."""

    model_config = ConfigDict(frozen=True)


class Normal(Strict, Kind):
    """A normal distribution by mean and standard deviation."""

    mean: _Finite
    sd: Positive


class Lognormal(Strict, Kind):
    """A lognormal distribution by its median and the standard deviation of its logarithm."""

    median: Positive
    sd_log: Positive


class Weibull(Strict, Kind):
    """A Weibull distribution by its median and shape."""

    median: Positive
    shape: Positive


class Uniform(Strict, Kind):
    """A uniform distribution between two numbers."""

    low: _Finite = Field(alias="from")
    high: _Finite = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise ValueError("from must not be above to")
        return self


class Choice(_Bare[dict[str, _Weight]]):
    """A weight for each level."""

    @model_validator(mode="after")
    def _possible(self) -> Choice:
        if not sum(self.weights.values()) > 0:
            raise ValueError("a weight above 0 was expected")
        return self

    @property
    def weights(self) -> dict[str, float]:
        """Weights by level."""
        return self.root


class Flag(_Bare[_Probability]):
    """A flag that is set with a probability."""

    @property
    def probability(self) -> float:
        """Probability of 1."""
        return self.root


class Happened(Strict, Kind):
    """A flag: whether the earliest of the times of a column was that of a cause."""

    column: str
    cause: str

    @property
    def needs(self) -> str:
        """The column of the times."""
        return self.column


class Growth(Strict, Kind):
    """Exponential growth since the time in a column; where there is none, a distribution."""

    since: str
    start: Positive
    doubling_months: Positive
    sd_log: Positive
    otherwise: Latent

    @property
    def needs(self) -> str:
        """The column of the time."""
        return self.since


class SameAs(_Bare[str]):
    """A copy of a column of the row that owns the row; filled in after the search."""

    @property
    def column(self) -> str:
        """The column of the owner."""
        return self.root


class Even(Strict, Kind):
    """A date drawn evenly; filled in after the search."""

    first: datetime.date = Field(alias="from")
    last: datetime.date = Field(alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Even:
        if self.first > self.last:
            raise ValueError("from must not be after to")
        return self


class Latent(Strict):
    """One of the distributions of a number, by the name of its kind."""

    normal: Normal | None = None
    lognormal: Lognormal | None = None
    weibull: Weibull | None = None
    uniform: Uniform | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Latent:
        if len(self._given()) != 1:
            kinds = sorted(name for name in type(self).model_fields if name not in _NO_KINDS)
            raise ValueError(f"one of {', '.join(kinds)} was expected")
        return self

    @property
    def kind(self) -> Kind:
        """The one kind that is given."""
        return self._given()[0]

    def _given(self) -> list[Kind]:
        values = [getattr(self, name) for name in type(self).model_fields]
        return [value for value in values if isinstance(value, Kind)]


class EarlierOf(_Bare[Annotated[dict[str, Latent], Field(min_length=1)]]):
    """The earliest of latent times, one a cause."""

    @property
    def times(self) -> dict[str, Kind]:
        """The distribution of each time by its cause."""
        return {cause: latent.kind for cause, latent in self.root.items()}


class Prior(Latent):
    """The prior of a column.

    Attributes
    ----------
    absent : float or None
        Probability that there is no value.
    within : (float, float) or None
        Limits into which values are folded, in place of the column's own.
    """

    choice: Choice | None = None
    flag: Flag | None = None
    happened: Happened | None = None
    earlier_of: EarlierOf | None = None
    growth: Growth | None = None
    same_as: SameAs | None = None
    even: Even | None = None
    absent: _Probability | None = None
    within: tuple[_Finite, _Finite] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Prior:
        if self.within is not None and self.within[0] > self.within[1]:
            raise ValueError("within: the lower limit is above the upper one")
        return self


_NO_KINDS = ("absent", "within")
Growth.model_rebuild()
