"""The tables whose cells were checked when they were shipped, known by their bytes.

What `make cohort` has checked and written it describes in `datapackage.json`: the columns of the
contract, and the digest of each file. Tables of the same bytes under the same columns need no second
check of their cells, which would cost a chapter the import of pandera; a test goes both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from .. import package, published
from ..published import Study


def is_recorded(study: Study, contents: dict[str, bytes]) -> bool:
    """Whether tables are the shipped ones, byte for byte, and their columns ask for the same.

    Parameters
    ----------
    study : Study
    contents : dict of bytes
        The CSV file of each table.
    """
    given = json.loads(json.dumps(package.resources(study, contents)))
    return any(given == shipped for shipped in _shipped())


def _shipped() -> Iterator[object]:
    """What is recorded of the cohort, and then of the two beside it, which few chapters read."""
    for depth in ("*", "*/*"):
        for about in published.DATA.glob(f"{depth}/datapackage.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                yield json.loads(about.read_text(encoding="utf-8"))["resources"]
