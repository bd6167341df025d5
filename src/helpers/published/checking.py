"""Reading a study from YAML by pydantic, and saying in one sentence what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..forms import ValidationError
from .estimands import STATISTICS
from .strict import PublishedError
from .study import Study

_SECTIONS = "sections such as study, tables and entries were expected"


class _UniqueKeys(yaml.constructor.SafeConstructor):
    """Refuses a key given twice, where YAML's own would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            name = str(self.construct_object(key))  # so that 1 and 0x1 are one, and 1 and "1"
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


class _Loader(_UniqueKeys, yaml.SafeLoader):
    """Slow, and with words for what is wrong."""


_COMPILED: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 2000
"""What nests deeper than some ten thousand ends the process in libyaml, which has no limit."""


class _Quick(_UniqueKeys, _COMPILED):  # type: ignore[misc]
    """The same by libyaml, where that is."""


def _plain(text: str) -> Any:
    depth = max(map(len, text.splitlines()), default=0) + text.count("[") + text.count("{")
    if depth <= _DEEPEST:  # which it is at most
        try:
            return yaml.load(text, Loader=_Quick)
        except (yaml.YAMLError, ValueError):
            pass  # and is said in other words below
    return yaml.load(text, Loader=_Loader)


def read(path: Path) -> Study:
    """Read a file of printed numbers, and refuse it in one sentence; see `reading.load`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PublishedError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PublishedError(f"{path}: byte {error.start} is not UTF-8") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Study:
    """Read printed numbers from YAML; `path` is where they are from, for refusals."""
    try:
        raw = _plain(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise PublishedError(f"{path}, line {line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no such date
        raise PublishedError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if raw is None:
        raise PublishedError(f"{path}: the file is empty; {_SECTIONS}")
    if isinstance(raw, dict) and "rows" in raw and "study" not in raw:
        raise PublishedError(
            f"{path}: it is in the short form; `python -m helpers new` writes the full one"
        )
    if not isinstance(raw, dict):
        raise PublishedError(f"{path}: {_SECTIONS}")
    for section, kind in (("entries", "printed"), ("requirements", "derived")):
        if isinstance(entries := raw.get(section), dict):
            for id, entry in entries.items():
                for name in ("id", "kind"):
                    if isinstance(entry, dict) and name in entry:
                        raise PublishedError(
                            f"{path}: entry {str(id)!r}: field {name!r}: "
                            f"no field of that name is known"
                        )
            raw[section] = {
                str(id): {**entry, "id": str(id), "kind": kind}
                if isinstance(entry, dict)
                else entry
                for id, entry in entries.items()
            }
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        raise PublishedError(f"{path}: {_sentence(error)}") from None


def _sentence(error: ValidationError) -> str:
    """The first problem that pydantic found, as a sentence."""
    problem = error.errors()[0]
    path = [str(part) for part in problem["loc"]]
    message = problem["msg"].removeprefix("Value error, ")
    context = problem.get("ctx", {})
    if problem["type"] == "value_error" and (found := re.match(r"([\w.-]+): (.*)", message)):
        path += found[1].split(".")  # the message of a check begins with the field
        message = found[2]
    if "union_tag" in problem["type"]:
        path.append("statistic")
        message = "it is missing"
        if "expected_tags" in context:
            known = context["expected_tags"].replace("'", "")
            message = f"one of {known} was expected, found {context['tag']!r}"
    elif problem["type"] == "missing":
        message = "it is missing"
    elif problem["type"] == "extra_forbidden":
        message = "no field of that name is known"
    elif problem["type"] != "value_error":
        given = problem.get("input")
        message += ", found "
        message += (
            "a mapping"
            if isinstance(given, dict)
            else "a list"
            if isinstance(given, list)
            else repr(given)
        )
    where = ""
    if path[:1] in (["entries"], ["requirements"]) and len(path) > 1:
        where, path = f"entry {path[1]!r}: ", path[2:]
        if path[:1] == ["value"]:
            path = path[:1]  # without the type that was tried
        if path[:1] == ["estimand"] and len(path) > 2:
            path = [part for part in path if part not in STATISTICS]
    if path:
        where += f"field {'.'.join(path)!r}: "
    return where + message[0].lower() + message[1:]
