"""JSON Schema of a file of printed numbers, for editors; made from the models that check it.

What spans fields, such as a name that is used and not defined, is for `checking` alone.
"""

from __future__ import annotations

import copy
from typing import Any

from .prior import Latent, Prior
from .study import Study

_GIVEN = ("id", "kind")
"""Fields of an entry that its place in the file gives, and the file does not."""


def schema() -> dict[str, Any]:
    """The schema of the file as it is written: entries by their id, a prior of exactly one kind."""
    found = copy.deepcopy(Study.model_json_schema())
    defined = found["$defs"]
    for name in _GIVEN:
        defined["Entry"]["properties"].pop(name)
    defined["Entry"]["required"].remove("id")
    for model in (Latent, Prior):
        fields = defined[model.__name__]["properties"]
        kinds = [name for name in fields if name not in ("absent", "within")]
        defined[model.__name__]["oneOf"] = [{"required": [name]} for name in kinds]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
