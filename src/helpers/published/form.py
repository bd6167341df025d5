"""How tables express a study: columns, groups of rows, endpoints, models and rules."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from ..forms import Field, model_validator
from .prior import Choice, Kind, Prior
from .strict import Strict

Status = Literal["printed", "derived", "assumed"]


class Source(Strict):
    """What was published, and where."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    title: str
    authors: str = ""
    journal: str = ""
    year: int | None = None
    doi: str = ""


class Column(Strict):
    """A column of a table: its type, limits, standing and prior.

    Cells of an optional one may be empty; a cohort of one's own may be without one that is not needed.
    """

    type: Literal["id", "parent", "category", "flag", "integer", "number", "date"]
    description: str
    status: Status
    unit: str = ""
    prefix: str = ""
    levels: tuple[str, ...] = ()
    decimals: int = Field(default=0, ge=0, le=6)
    minimum: Annotated[float, Field(allow_inf_nan=False)] | datetime.date | None = None
    maximum: Annotated[float, Field(allow_inf_nan=False)] | datetime.date | None = None
    optional: bool = False
    needed: bool = True
    prior: Prior | None = None
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Column:
        if self.type == "category" and not self.levels:
            raise ValueError("a category needs levels")
        if self.type in ("id", "parent"):
            return self
        if self.prior is None:
            raise ValueError("prior: it is missing, and only identifiers go without")
        if self.prior.absent is not None and not self.optional:
            raise ValueError("prior: absent was given for a column that is not optional")
        kind = self.prior.kind
        if isinstance(kind, Choice) and set(kind.weights) != set(self.levels):
            raise ValueError(
                f"prior: choice needs a weight for each of {', '.join(self.levels)}, "
                f"found {', '.join(kind.weights)}"
            )
        return self

    @property
    def kind(self) -> Kind | None:
        """The kind of its prior; None for an identifier."""
        return None if self.prior is None else self.prior.kind


class Table(Strict):
    """A table: as many rows as an entry says, or some rows for each row of another table."""

    columns: dict[str, Column]
    rows: str | None = None
    of: str | None = None
    per_row: (
        dict[Annotated[int, Field(ge=1)], Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None
    ) = None
    source: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sized(self) -> Table:
        if (self.rows is None) == (self.of is None):
            raise ValueError("a table needs either rows or of")
        if self.of is not None and not self.per_row:
            raise ValueError("a table that is of another needs per_row")
        types = [column.type for column in self.columns.values()]
        if types.count("id") != 1:
            raise ValueError("columns: one of type id was expected")
        if types.count("parent") != (self.of is not None):
            raise ValueError("columns: one of type parent was expected where a table has of")
        return self

    @property
    def key(self) -> str:
        """Name of the identifier column."""
        return next(name for name, column in self.columns.items() if column.type == "id")

    @property
    def parent(self) -> str:
        """Name of the column that names a row of the table that this one is of."""
        return next(name for name, column in self.columns.items() if column.type == "parent")


class Derived(Strict):
    """A column of one table computed from the rows of another that belong to each of its rows."""

    table: str
    count_of: str | None = None
    maximum_of: str | None = None
    minimum_of: str | None = None
    column: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Derived:
        ways = [self.count_of, self.maximum_of, self.minimum_of]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of count_of, maximum_of and minimum_of")
        if self.count_of is None and self.column is None:
            raise ValueError("maximum_of and minimum_of need a column")
        return self

    @property
    def child(self) -> str:
        """The table that is summarised."""
        return self.count_of or self.maximum_of or self.minimum_of or ""

    @property
    def how(self) -> Literal["count", "maximum", "minimum"]:
        """The way it is summarised."""
        if self.count_of is not None:
            return "count"
        return "maximum" if self.maximum_of is not None else "minimum"


class Condition(Strict):
    """One condition on a column; a missing value meets none."""

    column: str
    one_of: tuple[int | str, ...] | None = None
    at_most: float | None = Field(default=None, allow_inf_nan=False)
    above: float | None = Field(default=None, allow_inf_nan=False)
    at_least: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        tests = [self.one_of, self.at_most, self.above, self.at_least]
        if sum(test is not None for test in tests) != 1:
            raise ValueError("give one of one_of, at_most, above and at_least")
        return self


class Group(Strict):
    """The rows of a table that meet every condition."""

    table: str
    label: str
    where: tuple[Condition, ...]


class Endpoint(Strict):
    """A pair of time and event, of columns of the table, or derived.

    With `onset` and `end` the event is that an onset is there by the end, and the time is that of the
    earlier of both. With `first_of` the event is the first of several: each is an onset, a column of
    times that is empty where there was none, or an endpoint, such as survival. The event of an
    endpoint counts, and its time ends the follow-up; `end` does so where none is among them.

    Disease-free survival is the first of every recurrence and of death: in no patient later than any.
    """

    label: str
    time: str
    event: str
    onset: str | None = None
    end: str | None = None
    first_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Endpoint:
        if self.first_of and self.onset is not None:
            raise ValueError("give either onset or first_of")
        if not self.first_of and (self.onset is None) != (self.end is None):
            raise ValueError("onset and end go together")
        if len(self.first_of) == 1:
            raise ValueError("first_of: two names or more were expected, found one")
        return self

    @property
    def derived(self) -> bool:
        """Whether time and event are made of other columns."""
        return self.onset is not None or bool(self.first_of)


class Margins(Strict):
    """How far inside the limits of what is printed the search stays, as shares of them.

    Nothing but floating-point error unless a study asks for more: what prints the number counts.

    Attributes
    ----------
    rounding : float
        Of half a unit of the last decimal.
    limit : float
        Of a p value or a ratio that a printed one has to be below or above.
    """

    rounding: float = Field(default=0.0, ge=0, lt=1)
    limit: float = Field(default=0.0, ge=0, lt=1)


class Covariate(Strict):
    """A regressor: membership of a group, or a column divided by `per`."""

    label: str
    group: str | None = None
    column: str | None = None
    per: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _one_kind(self) -> Covariate:
        if (self.group is None) == (self.column is None):
            raise ValueError("give either group or column")
        return self


class CoxModel(Strict):
    """A Cox model with Efron's ties."""

    endpoint: str
    covariates: dict[str, Covariate]


class Rule(Strict):
    """Order in time within a row: `column` is not after another, is before it, or ends by a date.

    Not after lets both be equal; before does not. A missing value keeps to every rule.
    """

    table: str
    column: str
    not_after: str | None = None
    before: str | None = None
    plus: str | None = None
    ends_by: datetime.date | None = None
    assumed: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Rule:
        forms = [self.not_after, self.before, self.ends_by]
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give one of not_after, before, and plus with ends_by")
        if (self.plus is None) != (self.ends_by is None):
            raise ValueError("plus and ends_by go together")
        return self

    @property
    def limit(self) -> str | None:
        """The column that this one is not after or before; None where it ends by a date."""
        return self.not_after if self.not_after is not None else self.before

    def is_broken(self, values: Any, limits: Any) -> Any:
        """Whether each value breaks the rule, given the limit of each; arrays or Series."""
        return values >= limits if self.before is not None else values > limits
