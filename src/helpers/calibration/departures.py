"""How far real cohorts depart from what the reference measure of unrelated exits assumes of them.

The abstract does not print how many patients are in each group of the second grouping, when events
come, and when patients leave without one; the measure assumes a law for each. Where a real cohort
lies outside its ensemble, one of these has to be wrong for it. Only who has the patients can look:
the events of a stretch of time are counted and set beside those that the law lets expect for just
these patients, the sum of their cumulative hazards over the stretch (the one-sample log-rank test,
Breslow 1975, doi:10.2307/1402659). lifelines has no test of one sample against a law.
"""

from __future__ import annotations

from math import inf, log, sqrt
from typing import Any

import pandas as pd

from ..cohort import Cohort
from ..published import Study

DEPARTURES = {
    "groups": "Patients in the groups",
    "early_events": "Events up to the time of the rates",
    "late_events": "Events after it",
    "early_leaving": "Leaving up to the time of the rates",
    "late_leaving": "Leaving after it",
}
"""What is assumed, in words."""


def departures(cohort: Cohort, horizon: float) -> dict[str, float]:
    """How far a public cohort is from each law of its measure of unrelated exits.

    Parameters
    ----------
    cohort : Cohort
        Of a study as `public_study` makes it.
    horizon : float
        The time of the printed rates.

    Returns
    -------
    dict of str to float
        For each of `DEPARTURES`, observed less expected over the standard error of the expected: of
        the patients in the second group, and of those who had an event or left in a stretch.
    """
    patients, columns = cohort.patients, _columns(cohort.study)
    last, chance = list(columns["second"]["prior"]["choice"].items())[-1]
    size = len(patients)
    inside = int((patients["second"] == last).sum())
    found = {"groups": (inside - size * chance) / sqrt(size * chance * (1 - chance))}
    laws = columns["time"]["prior"]["earlier_of"]
    for kind, law, happened in (
        ("events", laws["event"], patients["event"] == 1),
        ("leaving", laws["censoring"], patients["event"] == 0),
    ):
        for stretch, start, end in (("early", 0.0, horizon), ("late", horizon, inf)):
            found[f"{stretch}_{kind}"] = _apart(
                patients["time"], happened, law["weibull"], start, end
            )
    return found


def _columns(study: Study) -> dict[str, Any]:
    dumped = study.tables["patients"].model_dump(mode="json", exclude_none=True)
    return dict(dumped["columns"])


def _apart(
    time: pd.Series, happened: pd.Series, law: dict[str, float], start: float, end: float
) -> float:
    """Observed less expected in a stretch, over the root of the expected."""

    def cumulative(at: pd.Series | float) -> Any:
        return log(2) * (at / law["median"]) ** law["shape"]

    within = time.clip(lower=start, upper=end)
    expected = float((cumulative(within) - cumulative(start)).sum())
    observed = int((happened & (time > start) & (time <= end)).sum())
    return (observed - expected) / sqrt(expected)
