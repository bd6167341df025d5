"""Reading a study from its YAML file, once as long as it stays the same."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from .. import known
from .strict import PublishedError
from .study import Study

_PACKAGED = Path(__file__).resolve().parents[1] / "data"
DATA = _PACKAGED if _PACKAGED.is_dir() else _PACKAGED.parents[2] / "data"
"""Folder of the data that the project ships: in the package, or in the repository it is run from."""


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


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int) -> Study:
    with suppress(OSError):  # which is said below
        if (study := known.read(path)) is not None:
            return study
    try:
        from . import checking
    except ModuleNotFoundError:
        raise PublishedError(
            f"{path}: only files of this book can be read here, since pydantic is not installed"
        ) from None
    return checking.read(path)
