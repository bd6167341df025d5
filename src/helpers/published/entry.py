"""A number as printed: its text, its rounding, and whether a reproduced value agrees."""

from __future__ import annotations

import datetime
import math
from typing import Annotated, Literal

from ..forms import BeforeValidator, Field, model_validator
from . import rounding
from .estimands import NOT_REACHED, Definition, Estimand
from .rounding import Limits, Relation
from .strict import Strict

Value = int | float | datetime.date | str
_SIGNS = {"=": "", "<": "<", "<=": "≤ ", ">": "> ", ">=": "≥ "}


def _no_flag(value: object) -> object:
    """YAML reads yes and true as flags, which would count as 1."""
    if isinstance(value, bool):
        raise ValueError(f"a number, a date or a name was expected, found {value}")
    return value


class Entry(Strict):
    """A number, as printed or as required by what is printed.

    Attributes
    ----------
    id : str
        Its name, unique in the study.
    value : int, float, date or str
        The number; percent for rates, months for times.
    decimals : int
        Decimals printed.
    relation : str
        How the reproduced value has to stand to the value.
    words, place, reading, other_readings
        What it is, where it is printed, how it is read, and how else it could be.
    estimand : Estimand
        The same, for a machine.
    kind : {"printed", "derived"}
        Whether the abstract prints it, or it follows from what is printed.
    assumed : bool
        Whether it follows only as it is read here: what differs without it is for whoever reads so
        to show.
    truncated : bool
        Whether what follows the last decimal is cut off: 86.96 is printed as 86.9.
    """

    id: str
    value: Annotated[Value, BeforeValidator(_no_flag)]
    unit: str
    words: str
    reading: str
    estimand: Estimand
    decimals: int = Field(default=0, ge=0, le=6)
    relation: Relation = "="
    place: str = ""
    other_readings: tuple[str, ...] = ()
    kind: Literal["printed", "derived"] = "printed"
    assumed: bool = False
    truncated: bool = False

    @model_validator(mode="after")
    def _value_fits_unit(self) -> Entry:
        unit = self.estimand.unit
        if unit is not None and self.unit != unit:
            raise ValueError(
                f"unit: {unit} was expected for {self.estimand.statistic}, found {self.unit!r}"
            )
        wanted = {"date": datetime.date, "term": str}.get(self.unit, (int, float))
        if self.value not in self.estimand.names and not isinstance(self.value, wanted):
            message = f"value: one in {self.unit} was expected, found {self.value!r}"
            raise ValueError(message)
        if isinstance(self.value, str) and self.relation != "=":
            raise ValueError(f"relation: = was expected with a name, found {self.relation!r}")
        if not isinstance(self.value, (int, float)):
            return self
        if not math.isfinite(self.value):
            raise ValueError(f"value: a finite number was expected, found {self.value}")
        highest = {"percent": 100, "p": 1}.get(self.unit)
        if highest is not None and not 0 <= self.value <= highest:
            raise ValueError(
                f"value: a number from 0 to {highest} was expected, found {self.value}"
            )
        if self.estimand.counts and (self.value < 0 or self.value != int(self.value)):
            raise ValueError(f"value: a count was expected, found {self.value}")
        if self.truncated and self.relation != "=":
            raise ValueError(f"truncated: = was expected with it, found {self.relation!r}")
        try:
            rounding.written(self.value, self.decimals)
        except ValueError as error:
            raise ValueError(f"value: {error}") from None
        return self

    @property
    def text(self) -> str:
        """The value as printed, such as `40.1%`, `<0.001` or `January 2007`."""
        is_number = isinstance(self.value, (int, float))
        return f"{'<' if is_number and self.relation == '<' else ''}{self._bare}"

    @property
    def statement(self) -> str:
        """The value with its relation, such as `40.1%`, `<0.001` or `≤ May 2022`."""
        return f"{_SIGNS[self.relation]}{self._bare}"

    @property
    def _bare(self) -> str:
        if isinstance(self.value, datetime.date):
            return f"{self.value:%B %Y}"
        return self.value if isinstance(self.value, str) else self.format(self.value)

    @property
    def limits(self) -> Limits:
        """The values that agree with it; see `rounding`.

        Raises
        ------
        ValueError
            When the value is a name.
        """
        if isinstance(self.value, str):
            raise ValueError(f"{self.id}: a number or a date was expected, found {self.value!r}")
        return rounding.limits(self.value, self.decimals, self.relation, (self._habit,))

    @property
    def _habit(self) -> rounding.Habit:
        return "cut" if self.truncated else "up"

    def format(self, number: float) -> str:
        """A number with the entry's decimals, rounded half up or cut off, and unit of percent."""
        return f"{rounding.text(number, self.decimals, self._habit)}{'%' if self.unit == 'percent' else ''}"

    def agrees(self, reproduced: Value | None) -> bool | None:
        """Whether a reproduced value agrees at the printed precision; None for a definition."""
        if isinstance(self.estimand, Definition):
            return None
        if reproduced is None:
            return False
        if reproduced == NOT_REACHED and not isinstance(self.value, str):
            return self.relation in (">", ">=")  # it is more than any number
        if isinstance(self.value, str) or isinstance(reproduced, str):
            return reproduced == self.value
        if isinstance(self.value, datetime.date) != isinstance(reproduced, datetime.date):
            return False
        return reproduced in self.limits
