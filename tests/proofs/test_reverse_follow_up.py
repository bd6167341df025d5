"""What a reverse Kaplan–Meier median before the time of the rates says of the deaths: F <= c, by hand."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from helpers import ensemble, published
from helpers.proofs import certificates, counting, witness
from helpers.proofs.questions import VARIANTS

STUDY = published.load()
REVERSE = next(one for one in VARIANTS if one.reading == "reverse")
CUT = 36


@pytest.fixture(scope="module")
def stored():
    return certificates.load(study=STUDY)


def most_by_hand(n, deaths_by_cut):
    """Of those who have not died by the cut at least half are censored by then, and never die."""
    return n - -(-(n - deaths_by_cut) // 2)


@pytest.mark.parametrize("n", range(2, 9))
def test_the_limit_holds_for_all_orders_of_exits_and_is_attained(n):
    most: dict[int, int] = {}
    for died in product((0, 1), repeat=n):
        for cut in range(1, n):
            watched = Fraction(1)
            for k, one in enumerate(died[:cut]):
                watched *= 1 if one else Fraction(n - k - 1, n - k)
            deaths = sum(died[:cut])
            followed, censored = n - cut, cut - deaths
            assert watched >= Fraction(followed, followed + censored)
            if watched <= Fraction(1, 2):
                assert followed <= censored
                most[deaths] = max(most.get(deaths, 0), sum(died))
    # One at least is censored before the cut, and one followed beyond it.
    assert set(most) == set(range(n - 1))
    assert all(found == most_by_hand(n, deaths) for deaths, found in most.items())


def test_counting_has_the_limit_that_a_hand_finds(stored):
    n = sum(REVERSE.abstract(STUDY).sites)
    counted = stored.counted_reverse["deaths", 1]
    assert counted == most_by_hand(n, stored.counted["deaths-by-cut", 1])
    one, plain = (stored.items[id, "deaths"] for id in (REVERSE.id, "log-rank"))
    assert one.high.value <= stored.bound(one, 1) == counted < one.high.bound(one.question)
    assert counted < plain.high.value
    table = stored.table().set_index(["variant", "question"])
    assert table.loc[(REVERSE.id, "deaths"), "high_bound"] == counted


@pytest.mark.full
def test_counting_gives_what_is_stored_of_the_reverse_follow_up(stored):
    assert counting.bounds(STUDY, "reverse") == stored.counted_reverse


def test_every_cohort_of_the_file_that_meets_the_reading_keeps_to_it(stored):
    facts, met = REVERSE.abstract(STUDY), 0
    for line in stored.cohorts():
        one = witness.parse(line)
        if not witness.faults(one, facts):
            met += 1
            followed = len(one.exits) - one.cut
            assert followed <= sum(not exit.died for exit in one.exits[: one.cut])
            for (asked, sign), bound in stored.counted_reverse.items():
                assert sign * witness.exact_value(one, asked) <= sign * bound, (asked, line)
    assert met > 10


def test_every_cohort_of_the_ensemble_with_such_a_median_keeps_to_it(stored):
    """By an estimate that knows ties, and of some cohorts by lifelines."""
    met = 0
    first = ensemble.load(study=STUDY).first
    for number, (_, of) in enumerate(first.groupby("cohort")):
        months, died = of["follow_up_months"].to_numpy(), of["died"].to_numpy(bool)
        estimate = np.prod(
            [1 - np.mean((months == at)[months >= at] & ~died[months >= at])
             for at in np.unique(months[~died & (months < CUT)])]
        )  # fmt: skip
        if number % 100 == 0:
            fitted = KaplanMeierFitter().fit(months, ~died)
            assert fitted.predict(CUT - 1e-9) == pytest.approx(estimate)
        if estimate <= 0.5:
            met += 1
            followed = (months > CUT) | ((months == CUT) & ~died)
            assert followed.sum() <= (~died & (months < CUT)).sum(), number
            assert died.sum() <= stored.counted_reverse["deaths", 1], number
    assert met > 100
