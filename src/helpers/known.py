"""Files that were read and checked when the package was made for a place that cannot check them.

A browser has neither pydantic nor PyYAML. Its package carries `known.json`, which gives for each file,
by the digest of its bytes, what it was read as; every other installation is without, and reads files.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("known.json")


def read(path: Path) -> Any:
    """What a file was read as, or None where it is not known byte for byte.

    The modules that define its classes have to be imported.
    """
    kept = _kept(FILE)
    return from_plain(kept[digest(path)]) if kept and digest(path) in kept else None


def digest(path: Path) -> str:
    """By which a file is known."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _kept(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def to_plain(value: Any) -> Any:
    """A value as JSON can hold it: what JSON does not know stands in an object with one name."""
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case date():
            return {"date": value.isoformat()}
        case list():
            return [to_plain(one) for one in value]
        case tuple():
            return {"tuple": [to_plain(one) for one in value]}
        case dict():
            return {"dict": [[to_plain(key), to_plain(one)] for key, one in value.items()]}
    kind = type(value)
    fields = {name: to_plain(getattr(value, name)) for name in kind.model_fields}
    return {f"{kind.__module__}:{kind.__name__}": fields}


_MADE: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "tuple": lambda parts: tuple(from_plain(one) for one in parts),
    "dict": lambda pairs: {from_plain(key): from_plain(one) for key, one in pairs},
}


def from_plain(plain: Any) -> Any:
    """The value that `to_plain` made plain, of classes that are not checked; see `unchecked`."""
    if isinstance(plain, list):
        return [from_plain(one) for one in plain]
    if not isinstance(plain, dict):
        return plain
    ((name, parts),) = plain.items()
    if name in _MADE:
        return _MADE[name](parts)
    module, _, kind = name.partition(":")
    fields = {key: from_plain(one) for key, one in parts.items()}
    return getattr(sys.modules[module], kind)(**fields)
