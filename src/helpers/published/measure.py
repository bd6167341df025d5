"""The form of a reference measure: how a cohort is drawn before anything is known of what was printed."""

from __future__ import annotations

from typing import Annotated

from ..forms import Field, model_validator
from .prior import Lognormal, Normal, Positive
from .strict import Strict

_Parameter = Positive | Lognormal
"""A number, or the prior from which it is drawn."""


class WeibullHazard(Strict):
    """A Weibull time by its median and shape."""

    median: _Parameter
    shape: _Parameter


class PiecewiseHazard(Strict):
    """A hazard that is constant between cuts; the rate of each piece is drawn apart."""

    cuts: Annotated[tuple[Positive, ...], Field(min_length=1)]
    rate: _Parameter

    @model_validator(mode="after")
    def _ordered(self) -> PiecewiseHazard:
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("cuts: rising times were expected")
        return self


class Hazard(Strict):
    """How the time to one kind of exit is drawn.

    With `log_ratio`, membership of each group of the measure shifts the log hazard; without, each
    combination of the groups has parameters of its own.
    """

    weibull: WeibullHazard | None = None
    piecewise: PiecewiseHazard | None = None
    log_ratio: Normal | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Hazard:
        if (self.weibull is None) == (self.piecewise is None):
            raise ValueError("one of weibull and piecewise was expected")
        return self


class Measure(Strict):
    """A generative model of cohorts.

    Every column is drawn from its own prior, except that the two columns of `endpoint`, where it is
    given, are the earlier of two times: to the event, which may depend on `groups`, and to
    censoring, which does not.
    """

    label: str
    words: str
    endpoint: str | None = None
    groups: tuple[str, ...] = ()
    event: Hazard | None = None
    censoring: Hazard | None = None
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Measure:
        given = [part is not None for part in (self.endpoint, self.event, self.censoring)]
        if any(given) != all(given):
            raise ValueError("endpoint, event and censoring go together")
        if self.groups and not all(given):
            raise ValueError("groups: they need an endpoint")
        if len(self.groups) > 6:
            raise ValueError(f"groups: at most 6 were expected, found {len(self.groups)}")
        if self.event is not None and self.event.log_ratio is not None and not self.groups:
            raise ValueError("event.log_ratio: groups were expected with it")
        if self.censoring is not None and self.censoring.log_ratio is not None:
            raise ValueError("censoring.log_ratio: censoring does not depend on groups")
        return self


PRIORS = {
    "priors": Measure(label="Priors of the columns", words="Every column is drawn from its prior.")
}
"""The measures of a study that declares none."""
