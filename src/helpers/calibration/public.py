"""Real cohorts whose patients are public, each summarised to the same kind of abstract.

What is assumed of such a cohort is set by one rule for all of them, from the horizon and the printed
range of follow-up, see `public_study`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from .. import kept
from ..cohort import Cohort, derive
from .against import Size, against
from .departures import departures
from .printing import Abstract, abstract
from .public_sets import SOURCES
from .public_study import MEASURES, Source, public_study


def summarised(source: Source) -> tuple[Cohort, Abstract]:
    """A public cohort, and the abstract that it prints."""
    rows = source.read().iloc[:: source.every].reset_index(drop=True).astype(float)
    decimals = 1 if (rows["third"] % 1 != 0).any() else 0
    tables = {
        "patients": pd.DataFrame(
            {
                "patient_id": [f"P{number:03d}" for number in range(1, len(rows) + 1)],
                "first": rows["first"].map(lambda x: source.first[int(x)]),
                "second": rows["second"].map(lambda x: source.second[int(x)]),
                "third": rows["third"].round(decimals),
                # Nobody is followed for no time, as nobody is in the study's own cohorts.
                "time": rows["time"].round(source.decimals).clip(lower=10.0**-source.decimals),
                "event": rows["event"].astype(int),
            }
        )
    }
    study = public_study(source, tables["patients"], decimals)
    cohort = Cohort(derive(study, tables), study, source.title, synthetic=False)
    return cohort, abstract(cohort)


def compare_real(
    size: Size,
    seed: int,
    folder: Path,
    measures: tuple[str, ...] = MEASURES,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Reconstruct every public cohort from its abstract alone, with every measure.

    Parameters
    ----------
    size : Size
        Of each ensemble.
    seed : int
    folder : Path
        Where finished cohorts are kept.
    measures : tuple of str
        One after the other, each for all cohorts.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of comparisons that are done.

    Returns
    -------
    DataFrame
        A row a cohort, real ones and members: `cohort` (title), `patients`, how far it is from
        what is assumed (see `departures`), and the columns of `against`.

    Raises
    ------
    KeptError
        When workers are killed again and again.
    OSError
        When the folder cannot be written.
    """
    pieces = {
        f"{source.name}-{measure}": partial(_compared, source, measure, size, seed)
        for measure in measures
        for source in SOURCES
    }
    return kept.tables(pieces, _compared, repr((size, seed)), folder, jobs, progress)


def _compared(source: Source, measure: str, size: Size, seed: int) -> pd.DataFrame:
    cohort, found = summarised(source)
    key = [seed, zlib.crc32(source.name.encode())]
    rows = against(found.study, cohort.tables, measure, size, key)
    about = {"cohort": source.title, "patients": len(cohort.patients)}
    about |= {name: round(z, 2) for name, z in departures(cohort, source.horizon).items()}
    return pd.DataFrame(about, index=rows.index).join(rows)
