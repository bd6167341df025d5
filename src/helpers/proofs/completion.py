"""Whole cohorts for the orders of exits that hold the ends: what the programme leaves out can be added.

The programme knows the order of the exits, who had which site and size, and four of six rates. Left
out are both rates of local control, the shortest and the longest follow-up, the patients who
progressed and when, the counts of patients and of lesions, and the growth to the cut-point. `completed`
adds all of these to any order of exits, so none of them can narrow an interval. What stays out is
the sentence about the Cox model: `whole` deals the columns that are free until it is printed too, and
may find no way.

How. Follow-up: times are put on the order, with the shortest first, the longest last, and the printed
median in the middle. Local control: with n patients at risk and none of them recurred, e exits leave
n - e at risk. A set a1 > a2 > … that prints the rate (`forced`) asks for its i-th recurrence when
n - a_i - i + 1 have left, of the same group, before the cut. Those who recur are the last of the group to
leave before the cut. They do so later than all recurrences, as a set has no number at or below that of
the patients followed beyond the cut. At risk of recurrence are thus only those alive, watched and without
one. Progression: of those who are followed for longer than the longest time to it. Columns that neither
time nor size has to do with are those of another cohort, and so are its lesions with an earlier CT.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import cohort, forced
from ..cohort import Cohort
from ..published import Estimand, KaplanMeier, Study, Summary
from . import witness
from .abstract import GROUPS, ProofError

_STEP = 0.1  # months, as they are written
_DIAMETERS = {True: 10, False: 20}
_MOST_LESIONS = 3


def completed(line: str, like: Cohort, seed: int = 0) -> Cohort:
    """A cohort with a given order of exits that prints all but the sentence about the model.

    Parameters
    ----------
    line : str
        The order of exits, in the notation of `witness`.
    like : Cohort
        A cohort that prints the abstract; its other columns and its lesions with a scan are used.
    seed : int
        How they are dealt to the patients.

    Returns
    -------
    Cohort
        Which meets the contract; the caller may hold it against every printed number.

    Raises
    ------
    ProofError
        When some number cannot be added in this way.
    """
    study, exits = like.study, witness.parse(line)
    months = _months(study, exits)
    first = np.array([one.first for one in exits.exits])
    small = np.array([one.small for one in exits.exits])
    shuffled = np.random.default_rng(seed).permutation(len(months))
    patients = like.patients[list(study.tables["patients"].columns)].iloc[shuffled]
    patients = patients.reset_index(drop=True)
    patients["patient_id"] = like.patients["patient_id"]
    # The earliest date goes to the longest follow-up, so that it ends within the study.
    patients["treatment_date"] = np.sort(patients["treatment_date"].to_numpy())[::-1]
    patients["follow_up_months"] = months
    patients["died"] = [int(one.died) for one in exits.exits]
    patients["progression_months"] = _progressions(study, months)
    for group in GROUPS[:2]:
        rows = first if group == GROUPS[0] else ~first
        patients.loc[rows, "site"] = like.patients["site"][like.members(group)].to_numpy()
    recurrences = np.full(len(months), np.nan)
    for group in GROUPS[:2]:
        rows = np.flatnonzero(first if group == GROUPS[0] else ~first)
        recurrences[rows] = _recurrences(study, group, months[rows])
    lesions = _lesions(like, patients, small, recurrences, seed)
    # Cells are taken over or made for the contract, and a browser has nothing to check them by.
    tables = {"patients": patients, "lesions": lesions}
    return cohort.of_tables(tables, study, "completed", checked_before=True)


def whole(line: str, like: Cohort, prints: Callable[[Cohort], bool], tries: int) -> int | None:
    """A seed with which `completed` prints the sentence about the model as well.

    Parameters
    ----------
    line, like
        As in `completed`.
    prints : callable
        Whether a cohort does; this package has no Cox model of its own.
    tries : int
        How many seeds are tried.

    Returns
    -------
    int or None
        None where none was found, which proves nothing.
    """
    return next((seed for seed in range(tries) if prints(completed(line, like, seed))), None)


def _months(study: Study, exits: witness.Witness) -> NDArray[np.float64]:
    """Times in order, none twice: the shortest, the median and the longest follow-up are printed."""
    n, cut = len(exits.exits), exits.cut
    horizon = _time(study)
    shortest, middle, longest = (
        _summary(study, statistic, "follow_up_months")
        for statistic in ("minimum", "median", "maximum")
    )
    low, high = (n - 1) // 2, n // 2
    if 2 * cut < n:
        raise ProofError(f"half of {n} exits by the cut were expected, found {cut}")
    apart = 0.0 if low == high else 0.2
    if high >= cut:  # half leave by the cut, and the median is between the two that it parts
        apart = horizon + 0.5 - middle
    places = {0: shortest, low: middle - apart, high: middle + apart, n - 1: longest}
    if high < cut - 1:
        places[cut - 1] = horizon - 0.5
    if cut < n - 1:
        places[cut] = horizon + 0.5
    order = sorted(places)
    found = np.interp(range(n), order, [places[place] for place in order])
    found = np.round(found, 1)
    if np.any(np.diff(found) < 2 * _STEP) or np.any((found <= horizon) != (np.arange(n) < cut)):
        raise ProofError("times in the printed range were expected to fit, and they do not")
    return found


def _recurrences(study: Study, group: str, months: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each of a group's patients, in order of exit, had a local recurrence; NaN for most."""
    entry = next(
        entry
        for entry in study.entries.values()
        if isinstance(entry.estimand, KaplanMeier)
        and (entry.estimand.endpoint, entry.estimand.group) == ("local-recurrence", group)
    )
    n, by_cut = len(months), int((months <= _time(study)).sum())
    found = np.full(n, np.nan)
    for at_risk in forced.rate(entry.text, n=n, followed=n - by_cut).sets():
        times = [
            (months[n - a - place - 1] if n - a - place > 0 else 0.0) + _STEP * (place + 1)
            for place, a in enumerate(at_risk)
        ]
        who = range(by_cut - len(at_risk), by_cut)
        if all(time < months[one] for time, one in zip(times, who, strict=True)):
            found[list(who)] = times
            return found
    raise ProofError(f"{group}: local recurrences that print {entry.text} were expected to fit")


def _progressions(study: Study, months: NDArray[np.float64]) -> NDArray[np.float64]:
    """When each patient progressed, in order of exit; NaN for most."""
    number = next(
        int(entry.value)  # type: ignore[arg-type]
        for entry in study.entries.values()
        if getattr(entry.estimand, "group", None) == "progressed"
        and entry.estimand.statistic == "count"
    )
    least, middle, most = (
        _summary(study, statistic, "progression_months")
        for statistic in ("minimum", "median", "maximum")
    )
    found = np.full(len(months), np.nan)
    if months[-number] <= most:
        raise ProofError(f"{number} patients followed for longer than {most} months were expected")
    found[-number:] = [least, *[middle] * (number - 2), most]
    return found


def _lesions(
    like: Cohort,
    patients: pd.DataFrame,
    small: NDArray[np.bool_],
    recurrences: NDArray[np.float64],
    seed: int,
) -> pd.DataFrame:
    """Lesions of all patients: those with a scan are another cohort's, dealt out by their size."""
    columns = list(like.study.tables["lesions"].columns)
    scanned = like.tables["lesions"].dropna(subset=["months_since_negative_ct"])
    cut = _cut(like.study)
    order = np.random.default_rng(seed).permutation(len(patients)).tolist()
    dealt: dict[int, list[tuple[int, float]]] = {place: [] for place in order}
    for is_small, ones in scanned.groupby(scanned["diameter_mm"] <= cut):
        places = [place for place in dealt if not small[place]]
        if is_small:  # a large lesion has to be left room for
            places = [place for place in dealt if small[place]] + places
        room = [
            place
            for turn in range(_MOST_LESIONS)
            for place in places
            if len(dealt[place]) + turn < _MOST_LESIONS - (bool(is_small) and not small[place])
        ]
        if len(room) < len(ones):
            raise ProofError(f"{len(ones)} lesions with a scan were expected to find room")
        for place, (_, one) in zip(room, ones.iterrows(), strict=False):
            dealt[place].append((int(one["diameter_mm"]), float(one["months_since_negative_ct"])))
    rows: list[dict[str, Any]] = []
    for place, own in sorted(dealt.items()):
        largest = max((diameter for diameter, _ in own), default=0)
        if not own or (not small[place] and largest <= cut):
            own = [(_DIAMETERS[bool(small[place])], np.nan), *own]
        rows += [
            {
                "lesion_id": f"L{len(rows) + number:03d}",
                "patient_id": patients["patient_id"].iloc[place],
                "site": patients["site"].iloc[place],
                "diameter_mm": diameter,
                "months_since_negative_ct": scan,
                "local_recurrence_months": recurrences[place] if number == 1 else np.nan,
            }
            for number, (diameter, scan) in enumerate(own, start=1)
        ]
    return pd.DataFrame(rows, columns=columns)


def _time(study: Study) -> float:
    return next(
        float(entry.estimand.time)
        for entry in study.entries.values()
        if isinstance(entry.estimand, KaplanMeier)
    )


def _cut(study: Study) -> float:
    (condition,) = study.groups[GROUPS[2]].where
    return float(condition.at_most)  # type: ignore[arg-type]


def _summary(study: Study, statistic: str, column: str) -> float:
    def asked(estimand: Estimand) -> bool:
        return isinstance(estimand, Summary) and (estimand.statistic, estimand.column) == (
            statistic,
            column,
        )

    return next(
        float(entry.value)  # type: ignore[arg-type]
        for entry in study.entries.values()
        if asked(entry.estimand)
    )
