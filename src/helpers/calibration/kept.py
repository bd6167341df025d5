"""Pieces of a long computation, each kept as a file when it is done, so that a rerun goes on.

joblib spreads the pieces over processes. Its `Memory` would keep results too, but as pickles under
hashes of code that does not see what a function calls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from .. import package

Piece = Callable[[], pd.DataFrame]

_CODE = ("batch", "calibration", "contract", "published", "reconstruct")
_TOP = ("cohort.py", "estimates.py")


def together(
    pieces: Mapping[str, Piece],
    depends_on: str,
    folder: Path,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Compute those pieces that are not kept yet, and put all together in their order.

    Parameters
    ----------
    pieces : mapping of str to callable
        Computes a piece; its name is that of a file, without ending. It has to be picklable where
        there is more than one process.
    depends_on : str
        What the pieces depend on besides their names and the code of this package. With another,
        none that is kept counts.
    folder : Path
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of pieces that are done.

    Returns
    -------
    DataFrame
        The same whatever the number of processes and of interruptions.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    here = folder / _digest(depends_on)
    files = {name: here / f"{name}.csv" for name in pieces}
    missing = [name for name, file in files.items() if not file.exists()]
    done = len(files) - len(missing)
    if progress is not None:
        progress(done)
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(_keep)(pieces[name], files[name]) for name in missing
    )
    for _ in work:
        done += 1
        if progress is not None:
            progress(done)
    return pd.concat([pd.read_csv(file) for file in files.values()], ignore_index=True)


def _keep(piece: Piece, file: Path) -> None:
    """Compute a piece and keep it; all go through text, also in a run that is not interrupted."""
    package.write(file.parent, {file.name: package.csv(piece())})


def _digest(depends_on: str) -> str:
    digest = hashlib.sha256(depends_on.encode())
    root = Path(__file__).parents[1]
    for path in sorted([root / name for name in _TOP] + [
        path for name in _CODE for path in (root / name).glob("*.py")
    ]):  # fmt: skip
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
