"""What files are checked with: pydantic, or where it is not, the same names without any check.

In a browser pydantic's compiled core would have to be fetched for files that are known already. There
`helpers.known` gives what they were read as, and nothing else can be read.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING or find_spec("pydantic"):
    from pydantic import (
        BaseModel,
        BeforeValidator,
        ConfigDict,
        Field,
        RootModel,
        ValidationError,
        model_validator,
    )
else:
    from .unchecked import (
        BaseModel,
        BeforeValidator,
        ConfigDict,
        Field,
        RootModel,
        ValidationError,
        model_validator,
    )

__all__ = [
    "BaseModel",
    "BeforeValidator",
    "ConfigDict",
    "Field",
    "RootModel",
    "ValidationError",
    "model_validator",
]
