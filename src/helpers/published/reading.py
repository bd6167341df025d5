"""Reading a study from its YAML file, and saying in one sentence what is wrong with it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from .study import Study

DATA = Path(__file__).resolve().parents[3] / "data"
"""Folder of the data that the project ships."""


class PublishedError(ValueError):
    """A file of printed numbers that cannot be used; the message names the entry and the field."""


def load(path: str | os.PathLike[str] | None = None) -> Study:
    """Load a file of printed numbers.

    Parameters
    ----------
    path : path-like, optional
        The YAML file; the shipped `data/published.yaml` when left out.

    Returns
    -------
    Study

    Raises
    ------
    PublishedError
        When the file is missing, is no YAML or does not have the form; the message names the
        file, the entry and the field, what was expected and what was found.
    """
    path = Path(path) if path is not None else DATA / "published.yaml"
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        raise PublishedError(f"{path}: no such file") from None
    return _load(path, stamp)


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key given twice, where YAML's own would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)  # type: ignore[no-untyped-call]
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int) -> Study:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except OSError as error:
        raise PublishedError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PublishedError(f"{path}: byte {error.start} is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise PublishedError(f"{path}, line {line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise PublishedError(f"{path}: not YAML: {error}") from None
    if not isinstance(raw, dict):
        raise PublishedError(f"{path}: sections such as study, tables and entries were expected")
    for section, kind in (("entries", "printed"), ("requirements", "derived")):
        for id, entry in (raw.get(section) or {}).items():
            if isinstance(entry, dict):
                entry.update(id=str(id), kind=kind)
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        raise PublishedError(f"{path}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    """The first problem that pydantic found, as a sentence."""
    problem = error.errors()[0]
    parts = [str(part) for part in problem["loc"]]
    where = ""
    if parts[:1] in (["entries"], ["requirements"]) and len(parts) > 1:
        where = f"entry {parts[1]!r}: "
        parts = parts[2:]
    if parts:
        where += f"field {'.'.join(parts)!r}: "
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"{where}it is missing"
    if problem["type"] == "extra_forbidden":
        return f"{where}no field of that name is known"
    found = problem.get("input")
    if problem["type"] != "value_error" and not isinstance(found, (dict, list, BaseModel)):
        message += f", found {found!r}"
    return where + message[0].lower() + message[1:]
