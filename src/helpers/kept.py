"""Long work in pieces, each kept as a file when it is done, so that a run that was stopped goes on.

Pieces stand in a folder that is named by all that they depend on: with other code, other packages
or another study none that is kept counts. What the code is follows from the function that computes
a piece, see `imports`; nothing has to be listed.

joblib spreads the pieces over processes. Its `Memory` would keep results too, but goes by the
source of one function and not by what that calls, and keeps pickles.
"""

from __future__ import annotations

import hashlib
import inspect
import multiprocessing
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, suppress
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import joblib
import pandas as pd

from . import imports, package

T = TypeVar("T")
Engine = Callable[[], AbstractContextManager[Any]]
_ATTEMPTS = 3
"""How often work goes on after a worker was killed without any piece having been finished."""


class KeptError(ValueError):
    """Work that cannot go on; the message says why."""


def sources(function: Callable[..., object], root: Path = imports.ROOT) -> str:
    """A digest of the code and of the packages with which a function computes.

    It changes with every file of this package that the module of the function imports, directly or
    through others, with the version of every other package that one of these imports, and with the
    minor version of Python.

    Parameters
    ----------
    function : callable
        Defined at the top of a module.
    root : Path
        The folder of this package, or of a copy.

    Returns
    -------
    str
        Of 64 characters.
    """
    module = function.__module__
    code = f"import {module}"
    if module.partition(".")[0] != imports.NAME:
        code = inspect.getsource(sys.modules[module])
    found = imports.imported_modules(code, root)
    distributions = _distributions()
    digest = hashlib.sha256(repr((code, sys.version_info[:2])).encode())
    for name in found.packages:
        versions = [(one, metadata.version(one)) for one in sorted(distributions.get(name, ()))]
        digest.update(repr((name, versions)).encode())
    for name, path in found.modules.items():
        content = path.read_bytes()
        digest.update(repr((name, len(content))).encode() + content)
    return digest.hexdigest()


def digest(function: Callable[..., object], *values: str) -> str:
    """What pieces depend on, in 16 characters: `sources` of a function, and the values it is given."""
    return hashlib.sha256("\0".join([*values, sources(function)]).encode()).hexdigest()[:16]


def together(
    pieces: Mapping[str, Callable[[], bytes]],
    function: Callable[..., object],
    folder: Path,
    read: Callable[[Path], T],
    engine: Engine,
    progress: Callable[[Collection[str]], None] | None = None,
) -> list[T]:
    """Compute those pieces that are not kept yet, and read all in their order.

    Parameters
    ----------
    pieces : mapping of str to callable
        Computes the contents of a file by the name of the file. Picklable where there is more than
        one process.
    function : callable
        By which the pieces are computed. A worker where it is another version refuses.
    folder : Path
        Of these pieces alone, named by `digest`.
    read : callable
        Reads a file; with a ValueError of it, a file that is there counts as missing.
    engine : callable
        Gives a context in which `joblib.Parallel` runs.
    progress : callable, optional
        Called with the names of the pieces that are done.

    Returns
    -------
    list
        What was read: the same whatever the number of processes and of interruptions.

    Raises
    ------
    KeptError
        When workers have another version, or are killed again and again.
    OSError
        When the folder cannot be written.
    """
    done: dict[str, T] = {}
    for name in pieces:
        path = folder / name
        if path.is_file():
            try:
                done[name] = read(path)
            except ValueError:
                continue

    def report() -> None:
        if progress is not None:
            progress(done)

    report()
    version = sources(function)
    failures = 0
    while len(done) < len(pieces):
        before = len(done)
        try:
            with engine():
                calls = [
                    joblib.delayed(_computed)(name, compute, function, version)
                    for name, compute in pieces.items()
                    if name not in done
                ]
                contents = joblib.Parallel(return_as="generator_unordered", batch_size=1)(calls)
                for name, content in contents:
                    package.write(folder, {name: content})
                    done[name] = read(folder / name)
                    report()
        except BrokenExecutor:
            failures = failures + 1 if len(done) == before else 1
            if failures == _ATTEMPTS:
                raise KeptError(
                    f"workers were killed {_ATTEMPTS} times before any finished a piece; "
                    "is there enough memory for that many?"
                ) from None
    return [done[name] for name in pieces]


def tables(
    pieces: Mapping[str, Callable[[], pd.DataFrame]],
    function: Callable[..., object],
    depends_on: str,
    folder: Path,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Compute pieces that are tables, and put them one below the other; see `together`.

    All go through text, also in a run that is not interrupted.

    Parameters
    ----------
    pieces : mapping of str to callable
        By name, without ending.
    function : callable
        By which the pieces are computed.
    depends_on : str
        What the pieces depend on besides their names and the code.
    folder : Path
        Has a folder for each state of what they depend on.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of pieces that are done.

    Returns
    -------
    DataFrame

    Raises
    ------
    KeptError
    OSError
    """
    found = together(
        {f"{name}.csv": partial(_csv, piece) for name, piece in pieces.items()},
        function,
        folder / digest(function, depends_on),
        pd.read_csv,
        partial(joblib.parallel_config, "loky", n_jobs=jobs),
        None if progress is None else lambda names: progress(len(names)),
    )
    return pd.concat(found, ignore_index=True)


_sources_here = cache(sources)
_distributions = cache(metadata.packages_distributions)


def _computed(
    name: str, compute: Callable[[], bytes], function: Callable[..., object], version: str
) -> tuple[str, bytes]:
    """A piece, by a worker that has the version that was asked for."""
    if multiprocessing.current_process().name != "MainProcess":
        # Ctrl-C reaches the whole group; whoever started the workers ends them, without tracebacks.
        with suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _sources_here(function) != version:
        raise KeptError(
            "a worker has another version of Python, of helpers, or of a package that it imports "
            "than this run"
        )
    return name, compute()


def _csv(piece: Callable[[], pd.DataFrame]) -> bytes:
    return package.csv(piece())
