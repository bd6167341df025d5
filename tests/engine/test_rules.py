"""Order in time is one rule: the contract, both evaluations of the search and the truths agree on it."""

from __future__ import annotations

from functools import cache
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from fixtures_core import dump, lesions, patients, raw, write

from helpers import cohort, published
from helpers.calibration import truths
from helpers.cohort import CohortError
from helpers.reconstruct import settling, state
from helpers.reconstruct.codes import ORDER
from helpers.reconstruct.constraints import Layout
from helpers.reconstruct.evaluation import evaluate

NOT_AFTER, BEFORE = {"not_after": "follow_up_months"}, {"before": "follow_up_months"}
ASSUMED = {"assumed": True}
RULES = {
    "not after": [NOT_AFTER],
    "before": [BEFORE],
    "both": [NOT_AFTER, BEFORE],
    "before, and in the search alone": [BEFORE | ASSUMED],
    "not after, and before in the search": [NOT_AFTER, BEFORE | ASSUMED],
    "before in the search, and not after": [BEFORE | ASSUMED, NOT_AFTER],
}
STRICT_CONTRACT = {"before", "both"}
LOOSE_CONTRACT = {"before, and in the search alone"}
"""Where nothing at all binds a cohort of a reader."""
STRICT_SEARCH = set(RULES) - {"not after"}
FOLLOW_UP = 20.0
MONTHS = {"earlier": 19.9, "the same": 20.0, "later": 20.1, "missing": None}
COLUMNS = {"patients": "progression_months", "lesions": "local_recurrence_months"}


@pytest.fixture(params=RULES)
def rules(request):
    return request.param


@pytest.fixture(params=COLUMNS)
def table(request):
    return request.param


@pytest.fixture
def study(rules, table):
    return _study(rules, table)


@cache
def _study(rules, table):
    data = raw()
    data["rules"] = [{"table": table, "column": COLUMNS[table], **rule} for rule in RULES[rules]]
    with TemporaryDirectory() as folder:
        return published.load(dump(Path(folder) / "study.yaml", data))


@cache
def _earlier(table):
    with TemporaryDirectory() as folder:
        return cohort.load(_folder(Path(folder) / "cohort", table, "earlier"), published.load())


@pytest.fixture(params=MONTHS)
def months(request):
    return request.param


def _allowed(months, strict, loose=False):
    return loose or months in ("earlier", "missing") or (months == "the same" and not strict)


def _folder(folder, table, months):
    first, second = patients(), lesions()
    first["progression_months"] = ""
    first["follow_up_months"] = str(FOLLOW_UP)
    frame = {"patients": first, "lesions": second}[table]
    frame.loc[3, COLUMNS[table]] = "" if MONTHS[months] is None else str(MONTHS[months])
    return write(folder, first, second)


def test_the_contract(rules, table, study, months, tmp_path):
    folder = _folder(tmp_path / "cohort", table, months)
    if _allowed(months, rules in STRICT_CONTRACT, rules in LOOSE_CONTRACT):
        cohort.load(folder, study)
        return
    wanted = "less than" if months == "the same" else "(less than|at most)"
    with pytest.raises(CohortError, match=rf"{wanted} follow_up_months \(20\) was expected"):
        cohort.load(folder, study)


def test_the_truths_of_a_calibration(rules, table, study, months):
    tables = {name: frame.copy() for name, frame in _earlier(table).tables.items()}
    tables[table].loc[3, COLUMNS[table]] = MONTHS[months]  # also what the contract would refuse
    assert truths._in_order(study, tables) == _allowed(months, rules in STRICT_SEARCH)


def _filled(layout, table, months):
    """Arrays of three patients with two lesions each, of which one row has the time."""
    root = np.full((3, len(layout.columns["patients"])), np.nan)
    child = np.full((6, len(layout.columns["lesions"])), np.nan)
    root[:, layout.columns["patients"].index("follow_up_months")] = FOLLOW_UP
    column = layout.columns[table].index(COLUMNS[table])
    value = np.nan if MONTHS[months] is None else MONTHS[months]
    (root if table == "patients" else child)[1, column] = value
    return root, child


def _order(layout):
    (place,) = np.flatnonzero(layout.programme.what[:, 0] == ORDER)
    return place


def test_the_evaluation_of_the_search(rules, table, study, months):
    layout = Layout(study)
    root, child = _filled(layout, table, months)
    count = len(layout.labels)
    values, violations = np.zeros(count), np.zeros(count)
    owner = np.repeat(np.arange(3), 2)
    evaluate(layout.programme, root, child, owner, inf, values, violations)
    allowed = _allowed(months, rules in STRICT_SEARCH)
    assert values[_order(layout)] == (0 if allowed else 1)
    assert (violations[_order(layout)] == 0) == allowed


def test_the_bookkeeping_of_the_chain(rules, table, study, months):
    layout = Layout(study)
    plan = state.plan(layout, 3)
    kept = state.empty(layout, plan, 3)
    root, child = _filled(layout, table, months)
    kept.root[:] = root
    kept.used[:] = 2
    for i in range(3):
        kept.child[i * plan.slots : i * plan.slots + 2] = child[2 * i : 2 * i + 2]
    settling.rebuild(layout.programme, plan, kept)
    assert (kept.violations[_order(layout)] == 0) == _allowed(months, rules in STRICT_SEARCH)


def test_rules_of_one_pair_are_one_constraint_named_by_the_first(rules, study, table):
    labels = [label for label in Layout(study).labels if "follow_up_months" in label]
    relation = "before" if "before" in RULES[rules][0] else "not after"
    assert labels == [f"{COLUMNS[table]} {relation} follow_up_months"]


def test_in_the_study_equal_times_are_allowed_and_the_search_draws_none():
    layout = Layout(published.load())
    orders = layout.programme.what[layout.programme.what[:, 0] == ORDER]
    assert len(orders) == 2
    assert (orders[:, 4] == 1).all()
