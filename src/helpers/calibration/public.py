"""Real cohorts whose patients are public, each summarised to the same kind of abstract.

The patients come with lifelines; nothing of them is written out. From a large set every k-th
patient is taken, so that a cohort is about as large as that of the study. What is assumed of such a
cohort is set by one rule for all of them, from the horizon and the printed range of follow-up.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from lifelines import datasets

from .. import kept
from ..cohort import DAYS_PER_MONTH, Cohort, derive
from .against import Size, against
from .printing import Abstract, abstract
from .public_study import MEASURES, Source, public_study


def _columns(first: Any, second: Any, third: Any, time: Any, event: Any) -> pd.DataFrame:
    found = {"first": first, "second": second, "third": third, "time": time, "event": event}
    return pd.DataFrame(found)


def _lung() -> pd.DataFrame:
    x = datasets.load_lung().dropna(subset=["ph.ecog"])
    return _columns(
        x["sex"] == 2, x["ph.ecog"] >= 1, x["age"], x["time"] / DAYS_PER_MONTH, x["status"]
    )


def _gbsg2() -> pd.DataFrame:
    x = datasets.load_gbsg2()
    return _columns(
        x["horTh"] == "yes", x["pnodes"] > 3, x["age"], x["time"] / DAYS_PER_MONTH, x["cens"]
    )


def _larynx() -> pd.DataFrame:
    x = datasets.load_larynx()
    late = x["Stage_III"] + x["Stage_IV"] > 0
    return _columns(x["age"] > 65, late, x["age"], 12 * x["time"], x["death"])


def _leukemia() -> pd.DataFrame:
    x = datasets.load_leukemia()
    return _columns(x["sex"] == 1, x["Rx"] == 1, x["logWBC"], x["t"], x["status"])


def _rossi() -> pd.DataFrame:
    x = datasets.load_rossi()
    return _columns(x["fin"] == 1, x["prio"] > 2, x["age"], x["week"], x["arrest"])


def _kidney() -> pd.DataFrame:
    x = datasets.load_kidney_transplant()
    men = x["black_male"] + x["white_male"] > 0
    black = x["black_male"] + x["black_female"] > 0
    return _columns(men, black, x["age"], x["time"] / DAYS_PER_MONTH, x["death"])


SOURCES = (
    Source(
        "lung", "Advanced lung cancer", "Loprinzi and others 1994, doi:10.1200/JCO.1994.12.3.601",
        "months", 12, 4, ("men", "women"), ("ECOG 0", "ECOG 1 or more"), "age", _lung, 1,
        "most have died, few are censored",
    ),
    Source(
        "gbsg2", "Node-positive breast cancer",
        "Schumacher and others 1994, doi:10.1200/JCO.1994.12.10.2086", "months", 36, 12,
        ("no hormone therapy", "hormone therapy"), ("up to 3 nodes", "more than 3 nodes"), "age",
        _gbsg2, 1, "a trial: entry over years, censoring by the calendar",
    ),
    Source(
        "larynx", "Cancer of the larynx",
        "Kardaun 1983, doi:10.1111/j.1467-9574.1983.tb00806.x", "months", 36, 2,
        ("65 years or younger", "older than 65"), ("stage I or II", "stage III or IV"), "age",
        _larynx, 1, "times in tenths of a year, so that many are tied; a covariate cut into a group",
    ),
    Source(
        "leukemia", "Remission of acute leukaemia",
        "Freireich and others 1963, doi:10.1182/blood.V21.6.699.699", "weeks", 12, 1,
        ("women", "men"), ("6-mercaptopurine", "placebo"), "log of white cells", _leukemia, 0,
        "the curves of the sexes cross; nearly nobody under placebo is censored; many ties",
    ),
    Source(
        "rossi", "Arrest after release from prison", "Rossi, Berk and Lenihan 1980", "weeks", 36, 8,
        ("no aid", "aid"), ("up to 2 convictions", "more than 2 convictions"), "age", _rossi, 0,
        "everybody is watched for the same year: censoring at one time only",
    ),
    Source(
        "kidney_transplant", "Kidney transplants", "Klein and Moeschberger 1997", "months", 36, 15,
        ("women", "men"), ("white", "black"), "age", _kidney, 1,
        "few deaths, most are censored",
    ),
)  # fmt: skip
"""The public cohorts."""


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
    jobs : int
        Processes.
    progress : callable, optional
        Called with the number of comparisons that are done.

    Returns
    -------
    DataFrame
        A row for each cohort, measure and quantity: `cohort` (title), `patients`, and the columns
        of `against`.

    Raises
    ------
    KeptError
        When workers are killed again and again.
    OSError
        When the folder cannot be written.
    """
    pieces = {
        f"{source.name}-{measure}": partial(_compared, source, measure, size, seed)
        for source in SOURCES
        for measure in MEASURES
    }
    return kept.tables(pieces, _compared, repr((size, seed)), folder, jobs, progress)


def _compared(source: Source, measure: str, size: Size, seed: int) -> pd.DataFrame:
    cohort, found = summarised(source)
    key = [seed, zlib.crc32(source.name.encode())]
    rows = pd.DataFrame(list(against(found.study, cohort.tables, measure, size, key)))
    rows.insert(0, "cohort", source.title)
    rows.insert(1, "patients", len(cohort.patients))
    return rows
