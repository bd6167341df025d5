"""Cohorts to begin with: the shipped ones as orders of exits, and what annealing makes of them."""

from __future__ import annotations

from contextlib import suppress
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from .. import cohort
from ..cohort import CohortError
from ..published import DATA, KaplanMeier, Study
from . import annealing, witness
from .abstract import GROUPS, Abstract
from .questions import Question

_MOVES = 2_000_000  # of annealing, a few seconds


def shipped(study: Study, facts: Abstract) -> str:
    """The exits of a shipped cohort that meets an abstract; empty without one."""
    for folder in (DATA / "cohort", *sorted((DATA / "alternatives").glob("*"))):
        with suppress(CohortError):
            line = order_of_exits(cohort.load(folder, study))
            if not witness.faults(witness.parse(line), facts):
                return line
    return ""


def order_of_exits(found: cohort.Cohort) -> str:
    """The exits of a cohort in the notation of `witness`; see `orders_of_exits`."""
    (line,) = orders_of_exits(
        found.patients.assign(cohort=0),
        found.members(GROUPS[0]),
        found.members(GROUPS[2]),
        found.study,
    )
    return line


def orders_of_exits(
    patients: pd.DataFrame, first: NDArray[np.bool_], small: NDArray[np.bool_], study: Study
) -> list[str]:
    """The exits of many cohorts in the notation of `witness`.

    Deaths come before censorings at the same time. Deaths that are tied follow each other as their
    rows do, so that the line is a cohort without ties: the rates are the same, the tests are not.
    `witness` decides in which readings it still meets the abstract.

    Parameters
    ----------
    patients : DataFrame
        With `cohort`, `follow_up_months` and `died`.
    first, small : array of bool
        Whether a patient is of the first group by site, and of the small tumours.
    study : Study
    """
    horizon = next(
        entry.estimand.time
        for entry in study.entries.values()
        if isinstance(entry.estimand, KaplanMeier)
    )
    months, died = patients["follow_up_months"], patients["died"].astype(bool)
    words = np.where(first, "S", "O").astype("<U2")
    words = np.char.add(np.where(small, np.char.lower(words), words), np.where(died, "", "+"))
    exits = pd.DataFrame(
        {
            "cohort": patients["cohort"].to_numpy(),
            "months": months.to_numpy(),
            "died": died.to_numpy(),
            "by_cut": ((months < horizon) | ((months == horizon) & died)).to_numpy(),
            "word": words,
        }
    ).sort_values(["cohort", "months", "died"], ascending=[True, True, False], kind="stable")
    lines = []
    for _, one in exits.groupby("cohort", sort=False):
        cut = int(one["by_cut"].sum())
        lines.append(" ".join([*one["word"][:cut], "|", *one["word"][cut:]]))
    return lines


def climbed(
    facts: Abstract, asked: Question, sign: int, line: str, seed: int, moves: int = _MOVES
) -> str:
    """A cohort that annealing finds from another one; empty without any."""
    start = witness.parse(line)
    first, small, died = (
        np.array([getattr(one, name) for one in start.exits], np.int64)
        for name in ("first", "small", "died")
    )
    edge = 1e-9  # so that floating point does not overstep a limit
    bounds = [(log(rate.low or 1e-9) + edge, log(rate.high) - edge) for rate in facts.rates]
    z_bounds = [
        (0.0, 0.0)
        if facts.test is None
        else (
            chi2.isf(float(p.high), 1) ** 0.5 + edge,
            chi2.isf(max(float(p.low), 1e-99), 1) ** 0.5,
        )
        for p in (facts.site_p, facts.size_p)
    ]
    cut = annealing.climb(
        np.random.default_rng(seed), moves, first, small, died, start.cut, np.array(bounds), np.array(z_bounds),
        annealing.TEST_CODES.index(facts.test or "log-rank"), annealing.READING_CODES.index(facts.reading),
        annealing.QUANTITIES.index(asked.id), sign, float(asked.step),
    )  # fmt: skip
    if cut < 0:
        return ""
    exits = (witness.Exit(*map(bool, one)) for one in zip(first, small, died, strict=True))
    found = witness.Witness(tuple(exits), cut)
    return "" if witness.faults(found, facts) else str(found)
