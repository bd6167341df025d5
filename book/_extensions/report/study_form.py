"""`{study-form}`: every part of a file of printed numbers and its fields, from the schema.

autodoc_pydantic and sphinx-jsonschema show one model a block, with titles and types of Python or of
JSON; a reader who writes YAML needs one table in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

from helpers.published import Study
from helpers.published.schema import schema

from .dictionary import Generated

_PLAIN = {"string": "text", "number": "a number", "integer": "a whole number", "boolean": "a flag"}


class StudyForm(Generated):
    """`{study-form}`: a row for each part, the file itself first."""

    head = ("Part", "Fields")
    widths = (30, 70)

    def rows(self, study: Study) -> Iterator[tuple[str, ...]]:
        """A row for each model of the schema."""
        whole = schema()
        yield _row("The file", whole)
        for name, part in whole["$defs"].items():
            if "properties" in part:
                yield _row(_called(name), part)


def _row(name: str, part: dict[str, Any]) -> tuple[str, str]:
    about = part.get("description", "").partition("\n\n")[0].replace("\n", " ")
    needed = part.get("required", ())
    fields = [
        f"- `{field}`: {words(spec)}{'' if field in needed else ' (may be left out)'}"
        for field, spec in part["properties"].items()
    ]
    return f"**{name}**\n\n{about}", "\n".join(fields)


def words(spec: dict[str, Any]) -> str:
    """What a field holds, in words: a part of JSON Schema as a reader says it."""
    if "$ref" in spec:
        return f"*{_called(spec['$ref'].rpartition('/')[2])}*"
    if "const" in spec:
        return f"`{spec['const']}`"
    if "enum" in spec:
        return " or ".join(f"`{one}`" for one in spec["enum"])
    if some := spec.get("anyOf") or spec.get("oneOf"):
        if "discriminator" in spec:
            return "one of the statistics below"
        told = [words(one) for one in some if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(told))
    match spec.get("type"):
        case "array":
            inner = spec.get("items") or spec.get("prefixItems", [{}])[0]
            return f"a list of {words(inner)}"
        case "object":
            return f"by name: {words(spec['additionalProperties'])}"
        case "string" if spec.get("format") == "date":
            return "a date"
        case kind:
            return _PLAIN.get(str(kind), "anything")


def _called(name: str) -> str:
    """The name of a model as words: `KaplanMeier` is `kaplan meier`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("study-form", StudyForm)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
