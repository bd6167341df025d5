"""Exercises of "How often to scan"."""

from __future__ import annotations

from functools import cache
from math import log, log1p, sqrt

import numpy as np
import pandas as pd

from .. import surveillance
from ..cohort import Cohort
from .answers import Exercise, Mistake

_FOUND, _SMALL, _APART = 40, 30, 4
"""Lesions that invented scans found, the small ones among them, and months between the scans."""
_RISE, _MONTH = 0.06, 30.4
"""Rise a month of a line through log diameters, and the days of a month."""
_SPREAD = sqrt(log1p((134 / 118) ** 2))
"""SD of log doubling times of a published series, by its mean and SD."""


def _days(rate: float) -> float:
    """Days in which a diameter doubles whose logarithm grows at a rate a month."""
    return _MONTH * log(2) / rate


def _small(gap: float, adherence: float):  # type: ignore[no-untyped-def]
    """The share found small with scans at a distance, as a function of a cohort."""

    def value(cohort: Cohort) -> float:
        study = cohort.study
        within = [float(str(study[f"within-{year}y"].value)) for year in (1, 2, 3, 4)]
        numbers = (study[name].value for name in ("n-patients", "growth-interval", "cut-point"))
        total, months, cut = (float(str(number)) for number in numbers)
        counts = tuple(np.diff([0.0, *within, total]))
        return _simulated(counts, months, cut, gap, adherence)

    return value


@cache
def _simulated(
    counts: tuple[float, ...], months: float, cut: float, gap: float, adherence: float
) -> float:
    edges = [0.0, 12.0, 24.0, 36.0, 48.0, np.inf]
    cells = pd.DataFrame({"lower": edges[:-1], "upper": edges[1:], "patients": counts})
    setting = surveillance.Setting(
        path=surveillance.Path(5, cut),
        window_months=months,
        spread=_SPREAD,
        sensitivity=surveillance.Sensitivity(5, 6),
        adherence=adherence,
    )
    plan = surveillance.Plan("", surveillance.every(gap))
    found = surveillance.compare_plans([plan], setting, cells, 100_000, cut_mm=cut)
    return float(found["share_small"].iloc[0])


EXERCISES = (
    Exercise(
        "months-visible-and-small",
        right=_SMALL / _FOUND * _APART,
        unit="months",
        within=0.02,
        mistakes=(
            Mistake(
                _FOUND / _SMALL * _APART,
                "The share is upside down: no lesion found small has been visible for longer than the scans are apart.",
            ),
            Mistake(
                _SMALL / _FOUND * _APART / 2,
                "This is the mean age of the small ones; how long they can stay small was asked for.",
            ),
            Mistake(
                (1 - _SMALL / _FOUND) * _APART,
                "This goes with the share of the large lesions.",
            ),
            Mistake(
                _SMALL / _FOUND,
                "This is the share found small; it has to be turned into months.",
            ),
        ),
        why="Ages at finding are even over the distance of the scans, and the small are those that are young enough.",
        hint="Between which ages does a scan find lesions, and which of these ages belong to small ones?",
    ),
    Exercise(
        "doubling-behind-a-line",
        right=_days(2 * _RISE) / 3,
        unit="number",
        within=0.3,
        mistakes=(
            Mistake(
                _days(_RISE) / 3,
                "This takes the day of the clear scan for the day on which the lesion became visible.",
            ),
            Mistake(
                _days(2 * _RISE), "In that time the diameter doubles; the volume was asked for."
            ),
            Mistake(
                _days(_RISE),
                "This is the diameter, and by the line as it stands: two corrections are missing.",
            ),
            Mistake(
                _days(_RISE / 2) / 3,
                "The correction goes the other way: is the true rate larger than that of the line, or smaller?",
            ),
            Mistake(_days(2 * _RISE) / 3 / _MONTH, "These are months; days were asked for."),
        ),
        why="Lesions have been visible for half of the interval on average, so the line shows half of the rate.",
        hint="For how much of an interval has a lesion grown since it passed the threshold, on average?",
    ),
    Exercise(
        "three-of-four-scans",
        right=_small(3, 0.75),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(_small(3, 1.0), "This is with every scan attended."),
            Mistake(
                lambda cohort: 0.75 * _small(3, 1.0)(cohort),
                "A scan that is missed does not lose its share: most of those lesions are found at the next, some still small.",
            ),
            Mistake(
                _small(4, 1.0),
                "This spaces the scans evenly. Women who miss scans by chance have gaps of all lengths.",
            ),
            Mistake(_small(12, 0.75), "This is the yearly schedule."),
        ),
        why="Each scan that is missed gives a lesion three more months to grow.",
        hint="Replace the adherence of the setting, and compare the first plan alone.",
    ),
    Exercise(
        "proved-ordering",
        right="4-and-12",
        unit="choice",
        mistakes=(
            Mistake(
                "3-and-5",
                "What of a lesion that becomes visible shortly before month five?",
            ),
            Mistake(
                "4-and-6",
                "What of a lesion that becomes visible shortly before month six?",
            ),
            Mistake(
                "6-and-9",
                "What of a lesion that becomes visible shortly before month nine?",
            ),
        ),
        why="Every date of the second is one of the first, and on it scans show the same under both, so the first has found it by then.",
        hint="Write down the dates of both schedules up to month thirty.",
    ),
    Exercise(
        "small-and-alive",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "proved",
                "Proved is that scans added to a schedule find nothing later, if nothing else changes. Who has shown that this helps?",
            ),
            Mistake(
                "sampled",
                "What was sampled are lesions found. In which column was survival from a common day counted?",
            ),
            Mistake(
                "contradicted",
                "In the simulation treatment did nothing because it was told to. Does that show that it does nothing?",
            ),
        ),
        why="Where treatment does nothing both premises hold too, so they cannot carry the conclusion.",
        hint="Find a world in which both premises are true and the conclusion is false.",
    ),
)
