"""Compiled code that is kept between runs, and when it is out of date.

numba keeps what it compiled, and goes by the file of the function alone: after an edit of a function
that it calls, in another file, it would run the old one.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path


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
