"""Names of pydantic for where there is none: classes hold what they are given, and check nothing.

Looked at: pydantic's own `model_construct`, which needs its compiled core; dataclasses, which know
neither unions by a name nor the sentences of a check, so that every class would stand twice.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar, Generic, Self, TypeVar, get_origin, get_type_hints

T = TypeVar("T")


class _Fields:
    """The fields of a class, its parents' first, as pydantic lists them."""

    def __get__(self, _: object, owner: type) -> dict[str, SimpleNamespace]:
        return {
            name: SimpleNamespace(annotation=hint)
            for name, hint in get_type_hints(owner).items()
            if get_origin(hint) is not ClassVar
        }


class BaseModel:
    """Holds values by the names of its fields; the class has those that were left out."""

    model_config: ClassVar[dict[str, Any]] = {}
    model_fields: ClassVar[Any] = _Fields()

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    @classmethod
    def model_rebuild(cls) -> None:
        """Nothing: no check was made of the fields."""

    def model_copy(self, *, update: dict[str, Any]) -> Self:
        """A copy in which some values are others."""
        return type(self)(**{**vars(self), **update})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self)))


class RootModel(BaseModel, Generic[T]):
    """A model of one value."""

    root: T


class ValidationError(ValueError):
    """Never raised here."""


def ConfigDict(**settings: Any) -> dict[str, Any]:
    """What a class is told; nothing goes by it."""
    return settings


def Field(*, default: Any = None, **_: Any) -> Any:
    """The default of a field."""
    return default


def BeforeValidator(_: Callable[..., Any]) -> None:
    """No check."""


def model_validator(**_: Any) -> Callable[[T], T]:
    """No check."""
    return lambda function: function
