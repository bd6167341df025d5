"""Three computations of an estimand, by lifelines, for ensembles and for the search, say the same.

Also of cohorts in which little is left to compute: one patient, an empty group, no event, nothing
but events, all at one time, a time of 0, a covariate that does not vary or is missing. All give the
same value, or all refuse.
"""

from __future__ import annotations

import functools
import hashlib
import json
from math import inf, log10

import numpy as np
import pandas as pd
import pytest
from books import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selection import examples, some

from helpers import cohort, ensemble, estimates, published
from helpers.published import (
    CoxLimit,
    CoxOnly,
    CoxTerm,
    Definition,
    KaplanMeierMedian,
    KaplanMeierMedianLimit,
    KaplanMeierQuantile,
)
from helpers.published.estimands import STATISTICS
from helpers.reconstruct import constraints, evaluation, settling, state
from helpers.reconstruct.codes import COX_P

SURVDIFF = json.loads((ROOT / "tests" / "reference" / "no_variance.json").read_text())
LEVEL = 0.05
SCALES = ("plain", "log", "log-log", "arcsin")
OF_TIMES = (KaplanMeierMedian, KaplanMeierMedianLimit, KaplanMeierQuantile)
"""What the search asks of two heights of a curve."""
MARGIN = 0.02
"""By how much the search keeps p values away from the level of `cox-only`, in powers of ten."""
TERMS = {
    "in_a": {"label": "a", "group": "a"},
    "x": {"label": "x", "column": "x", "per": 2},
    "flag": {"label": "flag", "column": "flag"},
}


def _columns():
    common = {"status": "printed", "description": "d"}
    time = {"type": "number", "decimals": 1, "minimum": 0, "maximum": 99, **common}
    uniform = {"prior": {"uniform": {"from": 0, "to": 9}}}
    return {
        "id": {"type": "id", "prefix": "P", **common},
        "kind": {
            "type": "category", "levels": ["a", "b", "c"], **common,
            "prior": {"choice": {"a": 1, "b": 1, "c": 1}},
        },
        "flag": {"type": "flag", **common, "prior": {"flag": 0.5}},
        "x": {**time, "optional": True, "prior": {**uniform["prior"], "absent": 0.1}},
        "time": {**time, **uniform},
        "event": {"type": "flag", **common, "prior": {"flag": 0.5}},
        "months": {**time, "optional": True, "prior": {**uniform["prior"], "absent": 0.1}},
        "size": {**time, **uniform},
    }  # fmt: skip


def median(group):
    return {"statistic": "kaplan-meier-median", "endpoint": "survival", "group": group}


MEDIANS = [
    (1, "="),
    (2, "="),
    (3, "="),
    (2, ">"),
    (2, ">="),
    (1, "<"),
    (1, "<="),
    ("not reached", "="),
]
"""What a median may be printed as."""


def _asked():
    """One estimand of each statistic, or some; by a name."""
    for group in ("a", "flagged"):
        yield f"count {group}", {"statistic": "count", "group": group}
        yield f"share {group}", {"statistic": "share", "group": "a", "of": group}
        for how in ("median", "minimum", "maximum"):
            yield f"{how} {group}", {"statistic": how, "column": "x", "group": group}
        for at in (1, 2.5):
            curve = {"endpoint": "survival", "group": group, "time": at}
            yield f"kaplan-meier {group} {at}", {"statistic": "kaplan-meier", **curve}
            yield f"at-risk {group} {at}", {"statistic": "at-risk", **curve}
        yield f"kaplan-meier-median {group}", median(group)
        for how in ("mean", "sd"):
            yield f"{how} {group}", {"statistic": how, "column": "x", "group": group}
    yield from _of_rate("a", {"endpoint": "survival", "group": "a", "time": 2})
    yield from _of_median("a", median("a"))
    reverse = {**median("a"), "statistic": "reverse-kaplan-meier-median"}
    yield "reverse-kaplan-meier-median", reverse
    for rule in range(1, 10):
        quantile = {"column": "x", "group": "all", "share": 0.25, "rule": rule}
        yield f"quantile {rule}", {"statistic": "quantile", **quantile}
    for competing in ("survival", "first"):
        pair = {"endpoint": "onset", "competing": competing, "group": "all", "time": 2}
        yield f"incidence {competing}", {"statistic": "cumulative-incidence", **pair}
    first = {"endpoint": "first", "group": "all"}
    yield "kaplan-meier first", {"statistic": "kaplan-meier", "time": 1, **first}
    yield "kaplan-meier-median first", {"statistic": "kaplan-meier-median", **first}
    for groups in (["a", "b"], ["a", "flagged"], ["a", "all"]):
        test = {"statistic": "log-rank", "endpoint": "survival", "groups": groups}
        yield f"log-rank {' '.join(groups)}", test
        for strata in (["b"], ["flagged", "unflagged"]):
            within = {**test, "statistic": "stratified-log-rank", "strata": strata}
            yield f"stratified {' '.join([*groups, *strata])}", within
        for statistic in ("fisher", "chi-square"):
            table = {"statistic": statistic, "group": "dead", "groups": groups}
            yield f"{statistic} {' '.join(groups)}", table
        corrected = {
            "statistic": "chi-square",
            "group": "dead",
            "groups": groups,
            "corrected": True,
        }
        yield f"corrected {' '.join(groups)}", corrected
    yield from _of_models()
    only = {"statistic": "cox-only", "model": "all", "term": "flag", "level": LEVEL}
    yield "cox-only flag", only
    growth = {"group": "all", "time": "months", "size": "size", "target": 15}
    yield "months-to-size", {"statistic": "months-to-size", **growth}
    yield "definition", {"statistic": "definition"}


def _of_models():
    for statistic, term in (("cox-p", "x"), ("hazard-ratio", "in_a"), ("hazard-ratio", "flag")):
        yield f"{statistic} {term}", {"statistic": statistic, "model": "all", "term": term}
        if statistic == "hazard-ratio":
            limit = {"model": "all", "term": term, "level": 0.9}
            for end in ("lower", "upper"):
                yield f"{statistic}-{end} {term}", {"statistic": f"{statistic}-{end}", **limit}


def _of_rate(name, curve):
    yield f"kaplan-meier-se {name}", {"statistic": "kaplan-meier-se", **curve}
    for interval in SCALES:
        for end in ("lower", "upper"):
            limit = {"statistic": f"kaplan-meier-{end}", "interval": interval, "level": 0.9}
            yield f"kaplan-meier-{end} {name} {interval}", {**curve, **limit}


def _of_median(group, asked):
    of = {name: part for name, part in asked.items() if name != "statistic"}
    for share in (0.25, 0.6):
        quantile = {"statistic": "kaplan-meier-quantile", "share": share}
        yield f"curve-quantile {group} {share}", {**of, **quantile}
    yield f"symmetric-se {group}", {"statistic": "kaplan-meier-median-se", **of}
    for end in ("lower", "upper"):
        limit = {"statistic": f"kaplan-meier-median-{end}", "interval": "symmetric", "level": 0.5}
        yield f"symmetric-{end} {group}", {**of, **limit}
        for corrected in (False, True):
            more = {"until": 2, "corrected": corrected, "level": 0.5}
            yield (
                f"mean-{end} {group} {corrected}",
                {"statistic": f"kaplan-meier-mean-{end}", **of, **more},
            )
    for end in ("", "-se"):
        yield f"mean{end} {group}", {"statistic": f"kaplan-meier-mean{end}", **of}
    for interval in SCALES:
        for end in ("lower", "upper"):
            limit = {"statistic": f"kaplan-meier-median-{end}", "interval": interval, "level": 0.5}
            yield f"median-{end} {group} {interval}", {**asked, **limit}


UNITS = {"share": "percent", "kaplan-meier": "percent", "log-rank": "p", "cox-p": "p"}
UNITS |= {"cox-only": "term", "hazard-ratio": "ratio", "cumulative-incidence": "percent"}
UNITS |= dict.fromkeys(("kaplan-meier-lower", "kaplan-meier-upper", "kaplan-meier-se"), "percent")
UNITS |= dict.fromkeys(("fisher", "chi-square", "stratified-log-rank"), "p")
UNITS |= dict.fromkeys(("hazard-ratio-lower", "hazard-ratio-upper"), "ratio")


@functools.cache
def study(per=2.0):
    entries = {"n": _entry({"statistic": "count", "group": "all"}, 3)}
    entries |= {name.replace(" ", "-"): _entry(asked) for name, asked in _asked()}
    for number, (value, relation) in enumerate(MEDIANS):
        entries[f"median-{number}"] = {**_entry(median("all"), value), "relation": relation}
    terms = {name: dict(term) for name, term in TERMS.items()}
    terms["x"]["per"] = per
    return published.Study.model_validate(
        {
            "study": {"name": "edges", "title": "Edges"},
            "tables": {"people": {"rows": "n", "columns": _columns()}},
            "groups": {
                "all": {"table": "people", "label": "all", "where": []},
                "a": _group({"column": "kind", "one_of": ["a"]}),
                "b": _group({"column": "kind", "one_of": ["b"]}),
                "flagged": _group({"column": "flag", "one_of": [1]}),
                "unflagged": _group({"column": "flag", "one_of": [0]}),
                "dead": _group({"column": "event", "one_of": [1]}),
            },
            "endpoints": {
                "survival": {"label": "s", "time": "time", "event": "event"},
                "first": {"label": "f", "time": "t", "event": "e", "first_of": ["x", "survival"]},
                "onset": {
                    "label": "o",
                    "time": "o_time",
                    "event": "o_event",
                    "onset": "x",
                    "end": "time",
                },
            },
            "models": {"all": {"endpoint": "survival", "covariates": terms}},
            "entries": {id: {"id": id, **entry} for id, entry in entries.items()},
        }
    )


def _group(condition):
    return {"table": "people", "label": "g", "where": [condition]}


def _entry(asked, value=1):
    statistic = asked["statistic"]
    value = asked["term"] if statistic == "cox-only" else value
    unit = UNITS.get(statistic, "people")
    if asked.get("interval") == "symmetric" or statistic == "kaplan-meier-median-se":
        unit = "weeks"  # a number of the search as of all others, unlike other limits of medians
    return {"value": value, "unit": unit, "words": "w", "reading": "r", "estimand": asked}


def _table(rows):
    frame = pd.DataFrame(rows, columns=["kind", "flag", "x", "time", "event", "months", "size"])
    frame.insert(0, "id", [f"P{i:02d}" for i in range(len(frame))])
    return frame.astype({"flag": "int64", "event": "int64", "x": float, "months": float})


def by_lifelines(tables, asked, of):
    try:
        return estimates.estimate(cohort.Cohort(tables, of, "edge", synthetic=True), asked)
    except estimates.NotEstimable:
        return None


def in_ensemble(tables, of):
    """The cohort as the middle one of three, among others of other sizes."""
    whole = pd.concat([tables["people"]] * 2, ignore_index=True)
    frames = [whole, tables["people"], tables["people"].iloc[:1]]
    stacked = pd.concat(
        [frame.assign(cohort=number) for number, frame in enumerate(frames)], ignore_index=True
    )
    return ensemble.Ensemble(of, {"people": stacked}, pd.DataFrame({"cohort": [0, 1, 2]}), "edges")


def for_ensembles(many, asked):
    """A value of the middle one of three cohorts."""
    value = ensemble.estimates(many, asked)[1]
    return None if pd.isna(value) else value


class Search:
    """Every constraint in one cohort, computed from nothing and kept up to date by the chain."""

    def __init__(self, tables, of):
        layout = constraints.Layout(of)
        people = tables["people"].assign(
            kind=tables["people"]["kind"].map({"a": 0, "b": 1, "c": 2})
        )
        root = people.reindex(columns=layout.columns["people"]).to_numpy(
            float
        )  # some are made here
        count = len(layout.labels)
        values, violations = np.zeros(count), np.zeros(count)
        nobody = np.zeros(0, np.int64)
        evaluation.evaluate(
            layout.programme, root.copy(), np.zeros((1, 1)), nobody, inf, values, violations
        )
        plan = state.plan(layout, len(root))
        kept = state.empty(layout, plan, len(root))
        kept.root[:] = root
        settling.rebuild(layout.programme, plan, kept)
        expected = np.where(violations > 0, plan.weight * (violations + settling._MISS), 0.0)
        expected[layout.programme.what[:, 0] >= COX_P] = 0.0  # those are looked at when it is kept
        np.testing.assert_allclose(kept.violations, expected, atol=2e-3, err_msg=str(layout.labels))
        self.found = dict(zip(layout.labels, values, strict=True))


def _agree(rows, per=2.0):
    of = study(per)
    tables = cohort.derive(of, {"people": _table(rows)})
    search, stacked = Search(tables, of), in_ensemble(tables, of)
    for name, entry in of.entries.items():
        asked = entry.estimand
        one, many = by_lifelines(tables, asked, of), for_ensembles(stacked, asked)
        place = f"{name}: {one} by lifelines, {many} for ensembles"
        assert (one is None) == (many is None), place
        if isinstance(asked, Definition):
            assert name not in search.found
            continue
        found = search.found[name]
        place += f", {found} in the search"
        assert (one is None) == np.isnan(found), place
        if one is None:
            continue
        if isinstance(asked, CoxOnly):
            assert one == many, place
            assert (found == 0) <= (one == asked.term), place
            assert (one == asked.term) <= (found <= MARGIN * len(TERMS)), place
            continue
        if isinstance(asked, OF_TIMES) and entry.unit != "weeks":
            assert (one == many, found == 0) == (True, entry.agrees(one)), place
            continue
        if entry.unit in ("p", "ratio"):
            if isinstance(asked, (CoxLimit, CoxTerm)) and abs(log10(max(one, 1e-300))) > 3:
                continue  # lifelines stops short of a maximum so far out
            one, many = log10(max(one, 1e-30)), log10(max(many, 1e-30))
        assert many == pytest.approx(one, rel=1e-5, abs=1e-6), place
        assert found == pytest.approx(one, rel=1e-5, abs=1e-6), place


ROW = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 1),
    st.sampled_from([0.0, 1.0, 2.0, 5.5, np.nan]),
    st.sampled_from([0.0, 1.0, 2.0, 3.0]),
    st.integers(0, 1),
    st.sampled_from([0.0, 0.1, 2.0, 4.5, np.nan]),
    st.sampled_from([0.0, 5.0, 8.0, 9.0, 14.5]),
)
THOROUGH = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@THOROUGH
@given(st.lists(ROW, min_size=1, max_size=8))
def test_any_tiny_cohort(rows):
    _agree(rows)


@pytest.mark.full
@THOROUGH
@given(
    st.lists(ROW, min_size=1, max_size=6),
    st.sampled_from(["one kind", "no event", "all events", "one time", "day 0", "one x", "no x"]),
)
def test_tiny_cohorts_without_something(rows, lack):
    frame = _table(rows).drop(columns="id")
    change = {
        "one kind": {"kind": "a"},
        "no event": {"event": 0},
        "all events": {"event": 1},
        "one time": {"time": 2.0},
        "day 0": {"time": 0.0},
        "one x": {"x": 1.0},
        "no x": {"x": np.nan},
    }[lack]
    _agree(list(frame.assign(**change).itertuples(index=False, name=None)))


def _many(seed):
    rng = np.random.default_rng(seed)
    n = 40
    x = rng.uniform(0, 9, n).round(1)
    flag = rng.integers(0, 2, n)
    time = (rng.exponential(np.exp(1.5 - 0.2 * x - 0.5 * flag)) * 3).round(1)
    months = rng.uniform(0.5, 12, n).round(1)
    size = (8 * np.exp(0.06 * months + rng.normal(0, 0.2, n))).round(1)
    kinds = rng.choice(list("abc"), n)
    event = (rng.random(n) < 0.7).astype(int)
    return list(zip(kinds, flag, x, time, event, months, size, strict=True))


def test_sizes_that_are_all_the_same_do_not_grow():
    months = [0.0, 0.0, 0.0, 0.1, 0.1, 2.0]
    rows = [("a", 0, 0.0, 1.0, 1, at, 5.0) for at in months]
    _agree(rows)
    of = study()
    asked = of.entries["months-to-size"].estimand
    assert by_lifelines({"people": _table(rows)}, asked, of) is None


@pytest.mark.parametrize("seed", some(range(5), 3))
def test_an_ordinary_cohort(seed):
    _agree(_many(seed))


@pytest.mark.parametrize("power", some([-6, -4, -2, -1, 1, 2, 4, 6], 3))
def test_a_covariate_in_any_unit(power):
    _agree(_many(1), per=10.0**power)


@pytest.mark.parametrize("name", SURVDIFF["cases"])
def test_a_log_rank_test_without_variance_has_a_p_of_one(name):
    """As R's survdiff has it, which refuses where all at risk die at once; without an event none has."""
    case = SURVDIFF["cases"][name]
    times = zip(case["group"], case["time"], case["event"], strict=True)
    of = study()
    tables = cohort.derive(
        of, {"people": _table([(g, 0, 1.0, t, e, 1.0, 5.0) for g, t, e in times])}
    )
    asked = of.entries["log-rank-a-b"].estimand
    expected = 1.0 if any(case["event"]) else None
    assert case["p"] == (None if case["refused"] else expected)
    assert by_lifelines(tables, asked, of) == expected
    assert for_ensembles(in_ensemble(tables, of), asked) == expected
    if expected is not None:
        assert Search(tables, of).found["log-rank-a-b"] == log10(expected)


def test_the_cases_without_variance_belong_to_these_scripts():
    scripts = SURVDIFF["provenance"]["scripts"]
    assert len(scripts) == 2
    for path, recorded in scripts.items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == recorded, path


def test_every_statistic_is_asked():
    asked = {entry.estimand.statistic for entry in study().entries.values()}
    assert asked == set(STATISTICS) - {"kaplan-meier-of-rows"}  # which needs a second table
