"""Compiled code that is kept between runs, and when it is out of date.

numba keeps what it compiled, and goes by the file of the function alone: after an edit of a function
that it calls, in another file, it would run the old one.

numba also counts references to an array at each look into a tuple of arrays, with an instruction
that locks memory: forty times the cost of the look itself. Functions that allocate nothing can do
without, and are compiled with `UNCOUNTED`; one that allocates, called from such, with `COUNTED`. The
option has no public name; with it a numba that does not know it refuses to compile.

Where there is no numba, as in a browser, the same functions run as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["COUNTED", "UNCOUNTED", "forget_stale", "njit"]

UNCOUNTED: dict[str, Any] = {"_nrt": False}
COUNTED: dict[str, Any] = {"_nrt": True}

try:
    from numba import njit
except ModuleNotFoundError:

    def njit(*given: Any, **options: Any) -> Callable[..., Any]:  # type: ignore[no-redef]
        """Leave a function as it is, whether it is decorated by `njit` or by `njit(...)`."""
        return given[0] if given and callable(given[0]) else lambda function: function


@cache
def forget_stale(folder: Path) -> None:
    """Delete compiled code of a package that is older than any of its sources.

    Parameters
    ----------
    folder : Path
        Of the package. Other processes may be deleting or compiling there at the same time.
    """
    newest = max(path.stat().st_mtime_ns for path in folder.glob("*.py"))
    for index in (folder / "__pycache__").glob("*.nbi"):
        with suppress(FileNotFoundError):  # another process was quicker
            if index.stat().st_mtime_ns < newest:
                index.unlink()
