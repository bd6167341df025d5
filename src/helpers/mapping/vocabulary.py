"""What a mapping can say: for each table of the contract a file, and of what each column is made.

Words are taken as they are written: YAML's own reading would make a truth of yes, and a number of 007.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml

from ..contract.faults import CohortError
from ..forms import BeforeValidator, ConfigDict, Field, RootModel, ValidationError, model_validator
from ..published.strict import Strict

MAPPING = "mapping.yaml"
Order = Literal["day-month-year", "month-day-year", "year-month-day"]


def _listed(given: Any) -> Any:
    """One word as a list of it, and none where nothing stands."""
    return ((given,) if given else ()) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Said(Strict):
    """A part of a mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OwnFlag(_Said):
    """A column of yours that says yes or no."""

    source: Words = Field(default=(), alias="from", description="your column")
    values: dict[str, str] = Field(default={}, description="your words, each as 1 or 0")


class OwnColumn(_Said):
    """What a column of the contract is made of; one of from, start and end, filled, owner, value or numbered."""

    source: Words = Field(
        default=(), alias="from", description="your column; of several, the first that is filled"
    )
    values: dict[str, str] = Field(
        default={},
        description='your words, each with the word of the contract; "" is where nothing stands',
    )
    unit: str = Field(default="", description="the unit of your numbers, where it is another")
    whole: Literal["", "nearest", "down"] = Field(
        default="",
        description="make whole numbers: nearest, halves up, or down, the one below",
    )
    start: Words = Field(
        default=(), description="with end: your two dates, of which a time is computed"
    )
    end: Words = Field(default=(), description="of several, the first that is filled")
    filled: Words = Field(default=(), description="1 where your column is filled, and else 0")
    owner: str = Field(
        default="", description="the same as this column of the contract of the patient"
    )
    value: str = Field(default="", description="one value for every row")
    numbered: bool = Field(
        default=False, description="true: running numbers in place of identifiers"
    )
    only: OwnFlag | None = Field(
        default=None,
        description="from and values of a yes or no: keep what is there where it is 1, nothing else",
    )

    @model_validator(mode="after")
    def _one_way(self) -> OwnColumn:
        ways = {
            "from": self.source,
            "start": self.start,
            "filled": self.filled,
            "owner": self.owner,
            "value": self.value,
        }
        said = [name for name, given in ways.items() if given]
        if len(said) > 1:
            raise ValueError(f"one of {' and '.join(said)} was expected, found both")
        if bool(self.start) != bool(self.end):
            raise ValueError("start and end go together")
        return self

    @property
    def is_said(self) -> bool:
        """Whether it says at all of what the column is made."""
        return bool(
            self.source or self.start or self.filled or self.owner or self.value or self.numbered
        )


class OwnTable(_Said):
    """A table of the contract: your file, how it is written, and your columns."""

    table: str = Field(description="your file, from the folder of the mapping")
    sheet: str = Field(default="", description="of a workbook: the sheet")
    encoding: str = Field(default="utf-8", description="of a text file, where it is not UTF-8")
    separator: str = Field(default=",", description="between cells of a text file; tab for a tab")
    decimal: Literal[".", ","] = Field(default=".", description="the decimal mark of a text file")
    dates: Order | dict[str, Order] | None = Field(
        default=None,
        description="the order of your dates, such as day-month-year; or one for each of your columns",
    )
    missing: Words = Field(default=(), description="your words for nothing, such as NA")
    rows: dict[str, Words] = Field(
        default={}, description="only rows in which your column has one of these words, or nothing"
    )
    once: bool = Field(
        default=False, description="true: rows of one identifier are one, and have to agree"
    )
    each: Words = Field(
        default=(),
        description="several rows of one: each of these takes the place of * in names of columns",
    )
    columns: dict[str, OwnColumn] = Field(default={}, description="by the names of the contract")


class Mapping(RootModel[dict[str, OwnTable]]):
    """By the names of the tables of the contract."""


class _Words(yaml.BaseLoader):
    """YAML whose scalars are all texts, and that refuses a name given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [str(key.value) for key, _ in node.value]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the name {twice[0]!r} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_mapping(path: Path) -> dict[str, OwnTable]:
    """The tables of a mapping.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CohortError
        When it is missing, is no YAML or has not the form, with everything that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CohortError(f"{path}: no such file") from None
    except OSError as error:
        raise CohortError(f"{path}: not readable: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CohortError(f"{path}: byte {error.start} is not UTF-8") from None
    try:
        raw = yaml.load(text, Loader=_Words)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise CohortError(f"{path}, line {line}: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise CohortError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise CohortError(f"{path}: the names of tables were expected")
    try:
        return Mapping.model_validate(_without_blanks(raw)).root
    except ValidationError as error:
        told = dict.fromkeys(_sentence(path, one) for one in error.errors())
        raise CohortError(*told, where=path) from None


def _without_blanks(raw: Any) -> Any:
    """A mapping without the names behind which nothing stands, but for words of values."""
    if not isinstance(raw, dict):
        return raw
    return {
        name: given if name in ("values", "rows") else _without_blanks(given)
        for name, given in raw.items()
        if given != ""
    }


def _sentence(path: Path, problem: Any) -> str:
    parts = [str(part) for part in problem["loc"]]
    if "dates" in parts:  # which are an order, or one of each column
        at = ", ".join(parts[: parts.index("dates") + 1])
        return f"{path}: {at}: one of {', '.join(get_args(Order))} was expected"
    where = ", ".join(parts)
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "no field of that name is known"
    elif problem["type"] == "missing":
        message = "it is missing"
    elif problem["type"] != "value_error":
        message += f", found {problem['input']!r}"
    return f"{path}: {where}: {message[0].lower()}{message[1:]}"
