"""What an interval printed with a rate tells, against intervals computed forwards and by lifelines."""

from __future__ import annotations

import json
from fractions import Fraction
from math import asin, exp, log, prod, sin, sqrt

import pytest
from fixtures_core import invoke, run
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from selection import examples

from helpers import forced
from helpers.published import rounding

Z = 1.959963984540054


def ends(kind: str, share: float, total: float) -> tuple[float, float]:
    """An interval by the formula of its type, cut off at 0 and 1."""
    root = Z * sqrt(total)
    match kind:
        case "plain":
            low, high = share - share * root, share + share * root
        case "log":
            low, high = share * exp(-root), share * exp(root)
        case "log-log":
            low, high = (share ** exp(sign * root / abs(log(share))) for sign in (1, -1))
        case "logit":
            odds = log(share / (1 - share))
            low, high = (1 / (1 + exp(-(odds + s * root / (1 - share)))) for s in (-1, 1))
        case _:
            angle, by = asin(sqrt(share)), root / 2 * sqrt(share / (1 - share))
            low, high = sin(max(angle - by, 0)) ** 2, sin(min(angle + by, asin(1))) ** 2
    return max(low, 0.0), min(high, 1.0)


def interval(rate, low, high, level=0.95):
    return forced.Interval(*map(forced.percentage, (rate, low, high)), level)


def printed(kind, sizes, decimals=1):
    share = prod((Fraction(a - 1, a) for a in sizes), start=Fraction(1))
    low, high = ends(kind, float(share), float(forced.greenwood(sizes)))
    return share, [rounding.text(100 * x, decimals) for x in (share, low, high)]


@pytest.mark.full
@settings(max_examples=examples(80), deadline=None)
@given(st.sets(st.integers(2, 22), min_size=1, max_size=8), st.sampled_from(list(forced.TYPES)))
def test_the_type_that_was_printed_is_among_those_that_fit(sizes, kind):
    share, texts = printed(kind, sizes)
    if forced.percentage(texts[0]).lower <= 0 or forced.percentage(texts[0]).upper >= 1:
        return
    one = interval(*texts)
    within = one.sums(kind, share)
    assert within is not None
    assert within[0] * (1 - 1e-9) <= float(forced.greenwood(sizes)) <= within[1] * (1 + 1e-9)
    fit = {fit.kind: fit for fit in forced.type_fits(one)}[kind]
    assert fit.fits
    assert fit.smallest_size <= max(sizes) or fit.patients_min <= max(sizes) + 0.05
    counted = forced.rate(texts[0], max(sizes))
    if counted.n_sets <= 500:
        assert tuple(sorted(sizes, reverse=True)) in forced.sets_that_fit(one, kind, counted)


@pytest.mark.parametrize("kind", list(forced.TYPES))
def test_with_nobody_lost_the_share_is_found(kind):
    _, texts = printed(kind, range(40, 30, -1))  # 30 of 40
    fit = {fit.kind: fit for fit in forced.type_fits(interval(*texts))}[kind]
    assert (30, 40) in fit.shares
    assert fit.patients_min <= 40 <= fit.patients_max


def test_the_interval_of_lifelines_is_log_log():
    fitted = KaplanMeierFitter().fit([1, 2, 3, 4, *[9] * 18], [1, 0, 1, 0, *[0] * 18])
    low, high = fitted.confidence_interval_.iloc[-1]
    texts = [rounding.text(100 * x, 1) for x in (fitted.survival_function_.iloc[-1, 0], low, high)]
    one = interval(*texts)
    assert [fit.kind for fit in forced.type_fits(one) if fit.fits] == ["log-log"]
    found = forced.sets_that_fit(one, "log-log", forced.rate(texts[0], 22))
    assert (22, 20) in found


def test_an_interval_that_is_cut_off_has_no_end():
    _, texts = printed("plain", [12, 11])
    assert texts[2] == "100.0"
    fit = {fit.kind: fit for fit in forced.type_fits(interval(*texts))}["plain"]
    assert (10, 12) in fit.shares


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("0", "0", "10"), "rate: one that cannot be 0 or 100"),
        (("50", "60", "70"), "interval: one with 50 inside was expected, found 60 to 70"),
        (("50", "40", "60", 1.5), "level: a number between 0 and 100 was expected, found 150"),
    ],
)
def test_what_cannot_be_is_refused(words, message):
    with pytest.raises(forced.ForcedError, match=message):
        interval(*words)


def test_the_command():
    done = run("forced", "--rate", "90.9", "--interval", "68.3-97.6", "--n", 40)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "90.9% with a 95% interval from 68.3 to 97.6% can be of the type log-log."
    assert lines[4].split()[0] == "log-log"
    assert "20 of 22" in lines[4]
    assert lines[-1].startswith("If log-log: of 40 patients some were lost before the last death")
    alone = invoke("forced", "--rate", "90.9", "--interval", "68.3 to 97.6%")
    assert alone.stdout.splitlines() == lines[:5]
    few = invoke("forced", "--rate", "90.9", "--interval", "68.3-97.6", "--n", 20).stdout
    assert "20 patients are too few, for it takes at least 22." in few
    several = invoke("forced", "--rate", "90.9", "--interval", "68.3-97.6", "--n", "20:24").stdout
    assert several.endswith("If log-log: 22 to 24 patients can print it.\n")
    told = json.loads(
        invoke(
            "forced", "--rate", "90.9", "--interval", "68.3-97.6", "--n", "20:24", "--json"
        ).stdout
    )
    assert [one["kind"] for one in told if one["fits"]] == ["log-log"]
    none = invoke("forced", "--rate", "91.7", "--interval", "70.1-97.3").stdout
    assert "is none of the types log-log, log, plain, logit, arcsine." in none


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--interval", "70"], "--interval: two percentages such as 70.1-97.3 were expected"),
        (["--interval", "70-99", "--complete"], "--interval: it was expected with one rate and"),
        (["--interval", "70-99", "--level", "100"], "--level: a number between 0 and 100"),
    ],
)
def test_refusals_are_one_sentence(words, message):
    done = invoke("forced", "--rate", "90.9", *words)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr
