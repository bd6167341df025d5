"""What abstracts print besides rates and medians, against R: in the scorecard, for ensembles, in the search."""

from __future__ import annotations

import hashlib
import json
from itertools import product
from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from books import ROOT
from selection import some

from helpers import batch, cohort, estimates
from helpers.published import (
    NOT_REACHED,
    ChiSquare,
    CoxLimit,
    Fisher,
    Incidence,
    KaplanMeierError,
    KaplanMeierLimit,
    KaplanMeierMean,
    KaplanMeierMedian,
    KaplanMeierMedianError,
    KaplanMeierMedianLimit,
    KaplanMeierQuantile,
    Moment,
    Quantile,
    StratifiedLogRank,
    Study,
)
from helpers.reconstruct import fourfold, limits, normal, summaries
from helpers.reconstruct import survival as of_search

FROZEN = json.loads((ROOT / "tests" / "reference" / "vocabulary.json").read_text(encoding="utf-8"))
GROUPS = FROZEN["groups"]
SHARES = (0.25, 0.75, 0.1, 0.5)


def _column(kind, **more):
    prior = {"flag": {"flag": 0.5}, "number": {"uniform": {"from": 0, "to": 9}}}[kind]
    return {"type": kind, "status": "printed", "description": "d", "prior": prior, **more}


def _study():
    number = _column("number", decimals=3, minimum=-99, maximum=9999)
    of = {"table": "rows", "label": "g"}
    return Study.model_validate(
        {
            "study": {"name": "r", "title": "Data that come with R"},
            "tables": {
                "rows": {
                    "rows": "n",
                    "columns": {
                        "id": {"type": "id", "status": "assumed", "description": "d"},
                        "time": number,
                        "event": _column("flag"),
                        "other": _column("flag"),
                        "x": number,
                        "arm": _column("flag"),
                        "stratum": number,
                    },
                }
            },
            "groups": {
                "all": {**of, "where": []},
                "one": {**of, "where": [{"column": "arm", "one_of": [1]}]},
                "zero": {**of, "where": [{"column": "arm", "one_of": [0]}]},
                "events": {**of, "where": [{"column": "event", "one_of": [1]}]},
                **{f"s{k}": {**of, "where": [{"column": "stratum", "one_of": [k]}]} for k in range(4)},
            },
            "endpoints": {
                "survival": {"label": "s", "time": "time", "event": "event"},
                "competing": {"label": "c", "time": "time", "event": "other"},
            },
            "models": {
                "cox": {
                    "endpoint": "survival",
                    "covariates": {
                        "arm": {"label": "a", "group": "one"},
                        "x": {"label": "x", "column": "x"},
                    },
                }
            },
            "entries": {
                "n": {
                    "id": "n", "value": 1, "unit": "rows", "words": "w", "reading": "r",
                    "estimand": {"statistic": "count", "group": "all"},
                }
            },
        }
    )  # fmt: skip


STUDY = _study()


def _value(asked, **columns):
    """By the scorecard; NaN where there is none."""
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        dict.fromkeys(["time", "event", "other", "x", "arm", "stratum"], 0.0), range(n)
    )
    frame = frame.assign(id=[str(k) for k in range(n)], **columns)
    frame = frame.astype(dict.fromkeys(["event", "other", "arm"], int))
    of = cohort.Cohort({"rows": frame}, STUDY, "r", synthetic=True)
    try:
        return estimates.estimate(of, asked)
    except estimates.NotEstimable:
        return nan


def _ordered(name):
    group = GROUPS[name]
    time, event = np.array(group["time"], float), np.array(group["event"], float)
    return time, event, np.ones(len(time), bool), np.argsort(time, kind="stable")


def _or_nan(value):
    return nan if value is None else value


@pytest.mark.parametrize("name", GROUPS)
def test_limits_and_errors_of_rates(name):
    time, event, rows, order = _ordered(name)
    many = batch.cohorts(time, event)
    curve = {"endpoint": "survival", "group": "all"}
    for known in some(GROUPS[name]["limits"], 5):
        at, scale, level = known["time"], known["scale"], known["level"]
        found = batch.limits_at(many, at, scale, level)
        for end, ours in (("lower", found.lower[0]), ("upper", found.upper[0])):
            expected = 100 * _or_nan(known[end])
            asked = KaplanMeierLimit(
                statistic=f"kaplan-meier-{end}", time=at, interval=scale, level=level, **curve
            )
            errors = (1 if end == "upper" else -1) * batch.limits.ndtri((1 + level) / 2)
            searched = limits.limit_at(
                time, event, rows, len(time), order, at, limits.SCALES.index(scale), errors
            )
            for one in (_value(asked, time=time, event=event), 100 * ours, searched):
                assert one == pytest.approx(expected, rel=1e-11, abs=1e-11, nan_ok=True)
        asked = KaplanMeierError(statistic="kaplan-meier-se", time=at, **curve)
        searched = limits.limit_at(time, event, rows, len(time), order, at, len(limits.SCALES), 0.0)
        ours = 100 * batch.standard_error_at(many, at)[0]
        for one in (_value(asked, time=time, event=event), ours, searched):
            assert one == pytest.approx(100 * _or_nan(known["se"]), rel=1e-11, nan_ok=True)


@pytest.mark.parametrize("name", GROUPS)
def test_limits_of_medians_and_the_median_follow_up(name):
    time, event, rows, order = _ordered(name)
    many = batch.cohorts(time, event)
    for known in some(GROUPS[name]["medians"], 3):
        scale, level = known["scale"], known["level"]
        found = batch.median_limits(many, scale, level)
        for end, ours in (("lower", found.lower[0]), ("upper", found.upper[0])):
            expected = NOT_REACHED if known[end] is None else known[end]
            asked = KaplanMeierMedianLimit(
                statistic=f"kaplan-meier-median-{end}", endpoint="survival", group="all",
                interval=scale, level=level,
            )  # fmt: skip
            assert _value(asked, time=time, event=event) == expected
            assert (NOT_REACHED if ours == inf else ours) == expected
            errors = (1 if end == "upper" else -1) * batch.limits.ndtri((1 + level) / 2)

            def off(until, by, scale=scale, errors=errors):
                code = limits.SCALES.index(scale)
                return limits.median_limit_off(
                    time, event, rows, len(time), order, until, by, code, errors
                )

            if expected == NOT_REACHED:
                assert off(inf, inf) == 0
                continue
            assert off(expected - 1e-7, expected + 1e-7) == 0
            assert off(expected + 1e-7, inf) > 0
            assert off(-inf, expected - 1e-7) > 0
    for known in GROUPS[name]["quantiles"]:
        share = known["share"]
        expected = NOT_REACHED if known["time"] is None else known["time"]
        asked = KaplanMeierQuantile(
            statistic="kaplan-meier-quantile", endpoint="survival", group="all", share=share
        )
        assert _value(asked, time=time, event=event) == expected
        ours = batch.quantile(many, share)[0]
        assert (NOT_REACHED if ours == inf else ours) == expected
        until, by = (inf, inf) if ours == inf else (ours - 1e-7, ours + 1e-7)
        height = 100 * (1 - share)
        assert of_search.quantile_off(time, event, rows, len(time), order, until, by, height) == 0
    expected = GROUPS[name]["follow_up"]
    asked = KaplanMeierMedian(
        statistic="reverse-kaplan-meier-median", endpoint="survival", group="all"
    )
    assert _value(asked, time=time, event=event) == (NOT_REACHED if expected is None else expected)


IUD = ([10, 13, 18, 19, 23, 30, 36, 38, 54, 56, 59, 75, 93, 97, 104, 107, 107, 107],
       [1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0])  # fmt: skip
"""Weeks to discontinuation, Table 1.1 of Collett's book, as public texts give it."""


def _symmetric(time, event, end, level=0.95):
    curve = {"endpoint": "survival", "group": "all"}
    if end == "se":
        asked = KaplanMeierMedianError(statistic="kaplan-meier-median-se", **curve)
    else:
        asked = KaplanMeierMedianLimit(
            statistic=f"kaplan-meier-median-{end}", interval="symmetric", level=level, **curve
        )
    return asked, _value(asked, time=np.array(time, float), event=np.array(event, float))


def test_the_error_of_a_median_is_what_it_is_by_hand():
    """Of the weeks to discontinuation: the median is 93, and the curve falls from week 75 to week 97."""
    at_risk = np.array(
        [18, 15, 13, 12, 8, 7, 6, 5]
    )  # when one more of them is an event, up to week 97
    curve = np.cumprod(1 - 1 / at_risk)
    greenwood = np.cumsum(1 / (at_risk * (at_risk - 1)))
    at_75, at_93, at_97 = curve[5:]
    assert at_75 > 0.55 > 0.5 > at_93 > 0.45 > at_97
    se = at_93 * np.sqrt(greenwood[6]) / ((at_75 - at_97) / (97 - 75))
    found = [_symmetric(*IUD, end)[1] for end in ("se", "lower", "upper")]
    assert found == pytest.approx([se, 93 - 1.959964 * se, 93 + 1.959964 * se], rel=1e-6)


@pytest.mark.parametrize("name", GROUPS)
def test_errors_of_medians_by_the_density_about_them(name):
    time, event, rows, order = _ordered(name)
    known = GROUPS[name]["by_density"]
    expected = {"se": nan, "lower": nan, "upper": nan}
    errors = {"se": 0.0, "lower": -batch.limits.ndtri(0.9), "upper": batch.limits.ndtri(0.9)}
    if known:
        expected = {end: known["median"] + by * known["se"] for end, by in errors.items()}
        expected["se"] = known["se"]
    found = batch.median_with_error(batch.cohorts(time, event))
    for end, by in errors.items():
        which = normal.ERROR if end == "se" else normal.VALUE
        searched = normal.symmetric(time, event, rows, len(time), order, which, by)
        ours = found.se[0] if end == "se" else found.estimate[0] + by * found.se[0]
        for one in (_symmetric(time, event, end, 0.8)[1], ours, searched):
            assert one == pytest.approx(expected[end], rel=1e-11, nan_ok=True)


@pytest.mark.parametrize("name", GROUPS)
def test_means_of_curves_with_their_errors(name):
    time, event, rows, order = _ordered(name)
    many = batch.cohorts(time, event)
    for known in GROUPS[name]["means"]:
        last = known["until"] == time.max()
        for until, corrected in product(
            {known["until"], None} if last else {known["until"]}, (0, 1)
        ):
            se = known.get("corrected") if corrected else known["se"]
            expected = {"": known["mean"], "-se": _or_nan(se)}
            expected["-upper"] = known["mean"] + batch.limits.ndtri(0.95) * expected["-se"]
            found = batch.mean(many, until, bool(corrected))
            ours = {"": found.estimate[0], "-se": found.se[0]}
            ours["-upper"] = ours[""] + batch.limits.ndtri(0.95) * ours["-se"]
            for end, one in expected.items():
                asked = KaplanMeierMean(
                    statistic=f"kaplan-meier-mean{end}", endpoint="survival", group="all",
                    until=until, corrected=bool(corrected), level=0.9,
                )  # fmt: skip
                which = normal.ERROR if end == "-se" else normal.VALUE
                searched = normal.mean_of_curve(
                    time, event, rows, len(time), order, until or inf,
                    which + normal.CORRECTED * corrected,
                    batch.limits.ndtri(0.95) if end == "-upper" else 0.0,
                )  # fmt: skip
                scored = _value(asked, time=time, event=event)
                for value in (scored, ours[end], searched):
                    assert value == pytest.approx(one, rel=1e-10, nan_ok=True), (end, until)


@pytest.mark.parametrize("known", FROZEN["columns"], ids=lambda known: str(len(known["values"])))
def test_means_and_quantiles_by_every_rule(known):
    values = np.array(known["values"], float)
    rows = np.ones(len(values), bool)
    for statistic, searched in (
        ("mean", summaries.mean(values, rows)),
        ("sd", summaries.deviation(values, rows)),
    ):
        asked = Moment(statistic=statistic, column="x", group="all")
        for one in (_value(asked, x=values), searched):
            assert one == pytest.approx(_or_nan(known[statistic]), rel=1e-12, nan_ok=True)
    for rule, quantiles in enumerate(known["quantiles"], start=1):
        for share, expected in zip(SHARES, quantiles, strict=True):
            asked = Quantile(statistic="quantile", column="x", group="all", share=share, rule=rule)
            for one in (_value(asked, x=values), summaries.quantile(values, rows, share, rule)):
                assert one == pytest.approx(expected, rel=1e-12), (rule, share)


@pytest.mark.parametrize("known", FROZEN["tables"], ids=lambda known: str(known["counts"]))
def test_tests_of_tables(known):
    a, b, c, d = known["counts"]
    arm, event = np.repeat([1, 1, 0, 0], [a, b, c, d]), np.repeat([1, 0, 1, 0], [a, b, c, d])
    table = np.array([[[a, b], [c, d]]])
    groups = {"group": "events", "groups": ("one", "zero")}
    for expected, asked, ours, searched in (
        (known["fisher"], Fisher(statistic="fisher", **groups), batch.fisher(table),
         fourfold.fisher(a, b, c, d)),
        (known["chi_square"], ChiSquare(statistic="chi-square", **groups),
         batch.chi_square(table), fourfold.chi_square(a, b, c, d, 0)),
        (known["corrected"], ChiSquare(statistic="chi-square", corrected=True, **groups),
         batch.chi_square(table, corrected=True), fourfold.chi_square(a, b, c, d, 1)),
    ):  # fmt: skip
        for one in (_value(asked, arm=arm, event=event), ours[0], searched):
            assert one == pytest.approx(_or_nan(expected), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "columns"),
    [("lung", ("time", "died", "male", "ecog")),
     ("retinopathy", ("months", "status", "treated", "juvenile"))],
)  # fmt: skip
def test_a_log_rank_test_within_strata(name, columns):
    frame = pd.read_csv(ROOT / "tests" / "reference" / f"{name}.csv")
    time, event, arm, stratum = (frame[column].to_numpy(float) for column in columns)
    strata = sorted(set(stratum.astype(int)))
    asked = StratifiedLogRank(
        statistic="stratified-log-rank", endpoint="survival", groups=("one", "zero"),
        strata=tuple(f"s{k}" for k in strata),
    )  # fmt: skip
    within = [stratum == k for k in strata]
    ours = batch.stratified_log_rank(batch.cohorts(time, event), arm, within).p[0]
    searched = of_search.stratified_p(
        time, event, arm == 1, arm == 0, np.array(within), np.ones(len(strata), bool),
        np.argsort(time, kind="stable"),
    )  # fmt: skip
    by_scorecard = _value(asked, time=time, event=event, arm=arm, stratum=stratum)
    for one in (by_scorecard, ours, searched):
        assert one == pytest.approx(FROZEN["stratified"][name], rel=1e-9)


@pytest.mark.parametrize("name", FROZEN["incidences"])
def test_incidences_with_competing_events(name):
    known = FROZEN["incidences"][name]
    time, cause = np.array(known["time"], float), np.array(known["cause"])
    order, rows = np.argsort(time, kind="stable"), np.ones(len(time), bool)
    any_event, of_cause = (cause > 0).astype(float), (cause == 1).astype(float)
    expected = zip(known["at"], known["incidence"], known["by_cmprsk"], strict=True)
    for at, by_survival, by_cmprsk in expected:
        assert by_survival == pytest.approx(by_cmprsk, rel=1e-12)
        asked = Incidence(
            statistic="cumulative-incidence", endpoint="survival", competing="competing",
            group="all", time=at,
        )  # fmt: skip
        ours = 100 * batch.incidence_at(batch.cohorts(time, any_event), cause == 1, at)[0]
        searched = of_search.incidence_at(time, any_event, of_cause, rows, len(time), order, at)
        by_scorecard = _value(asked, time=time, event=of_cause, other=(cause > 1).astype(float))
        for one in (by_scorecard, ours, searched):
            assert one == pytest.approx(100 * by_survival, rel=1e-11)


@pytest.mark.parametrize("known", FROZEN["ratios"].values(), ids=lambda known: str(known["level"]))
def test_limits_of_hazard_ratios(known):
    lung = pd.read_csv(ROOT / "tests" / "reference" / "lung.csv")
    for term, ends in (("arm", known["male"]), ("x", known["age"])):
        for end, expected in zip(("lower", "upper"), ends, strict=True):
            asked = CoxLimit(
                statistic=f"hazard-ratio-{end}", model="cox", term=term, level=known["level"]
            )
            found = _value(
                asked, time=lung["time"], event=lung["died"], arm=lung["male"], x=lung["age"]
            )
            assert found == pytest.approx(expected, rel=1e-8)


def test_every_table_of_up_to_nine_has_one_p_by_three_ways():
    """Also where two tables are just as probable, which floats may see otherwise."""
    tables = [
        [[a, b], [c, n - a - b - c]]
        for n in range(2, 10)
        for a in range(n + 1)
        for b in range(n + 1 - a)
        for c in range(n + 1 - a - b)
        if a + b and n - a - b
    ]
    ours = batch.fisher(tables)
    for (first, second), p in zip(tables, ours, strict=True):
        assert fourfold.fisher(*first, *second) == pytest.approx(p, rel=1e-9)
        assert float(estimates.one_cohort.fisher_exact([first, second]).pvalue) == pytest.approx(
            p, rel=1e-9
        )


def test_the_values_belong_to_these_scripts_and_inputs():
    recorded = FROZEN["provenance"]["scripts"] | FROZEN["provenance"]["inputs"]
    for path, digest in recorded.items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, path
