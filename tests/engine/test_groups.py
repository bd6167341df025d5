"""Groups of rows: the search and its chain select those that the contract selects."""

from __future__ import annotations

from math import inf

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED, dump, raw
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import cohort, published
from helpers.reconstruct import bookkeeping, settling, state
from helpers.reconstruct.constraints import Layout
from helpers.reconstruct.evaluation import evaluate

LEVELS = [f"level-{number}" for number in range(70)]
NAMED = [[0], [52], [53], [62], [63], [64], [69], [0, 69], [7, 53, 54, 63, 64], list(range(1, 70))]
ROWS = np.arange(-1, 70)
"""One of every level, and one whose value is missing."""


def _study(tmp_path, sets, levels=LEVELS):
    """The invented study with a category of many levels, a group for each set, and its count."""
    data = raw(INVENTED)
    table = data["tables"]["hips"]["columns"]
    table["surgeon"] = {
        "type": "category", "levels": levels, "status": "printed", "description": "Who.",
        "prior": {"choice": dict.fromkeys(levels, 1)},
    }  # fmt: skip
    for number, named in enumerate(sets):
        chosen = {"column": "surgeon", "one_of": [levels[level] for level in named]}
        group = {"table": "hips", "label": f"set {number}", "where": [chosen]}
        data["groups"][f"set-{number}"] = group
        data["entries"][f"count-{number}"] = {
            "value": 0, "unit": "hips", "words": "w", "reading": "r",
            "estimand": {"statistic": "count", "group": f"set-{number}"},
        }  # fmt: skip
    return published.load(dump(tmp_path / "study.yaml", data))


def _root(layout):
    root = np.ones((len(ROWS), len(layout.columns["hips"])))
    root[:, layout.columns["hips"].index("surgeon")] = np.where(ROWS < 0, np.nan, ROWS)
    return root


def _evaluated(layout):
    """Counts of the groups, by name, computed from nothing."""
    count = len(layout.labels)
    values = np.zeros(count)
    nobody = np.zeros(0, np.int64)
    evaluate(
        layout.programme, _root(layout), np.zeros((1, 1)), nobody, inf, values, np.zeros(count)
    )
    return dict(zip(layout.labels, values, strict=True))


def _kept(layout):
    """The rows of every group as the chain keeps them."""
    plan = state.plan(layout, len(ROWS))
    kept = state.empty(layout, plan, len(ROWS))
    kept.root[:] = _root(layout)
    settling.rebuild(layout.programme, plan, kept)
    return kept


def _is_selected(study, layout, sets):
    values, kept = _evaluated(layout), _kept(layout)
    names = list(study.groups)
    surgeons = [None if row < 0 else LEVELS[row] for row in ROWS]
    tables = {"hips": pd.DataFrame({"surgeon": surgeons})}
    for number, named in enumerate(sets):
        name = f"set-{number}"
        expected = np.isin(ROWS, named)
        assert (cohort.members(study, tables, name) == expected).all()
        assert values[f"count-{number}"] == len(named)
        group = names.index(name)
        np.testing.assert_array_equal(kept.members[group], expected)
        assert kept.size[group] == len(named)


def test_a_group_over_many_levels_has_the_rows_of_each_that_it_names(tmp_path):
    study = _study(tmp_path, NAMED)
    _is_selected(study, Layout(study), NAMED)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sets(st.integers(0, 69), min_size=1), min_size=1, max_size=8))
def test_any_sets_of_levels(tmp_path_factory, sets):
    chosen = [sorted(named) for named in sets]
    study = _study(tmp_path_factory.mktemp("study"), chosen)
    _is_selected(study, Layout(study), chosen)


@pytest.mark.parametrize("level", [0, 53, 63, 69])
def test_a_move_brings_a_row_into_its_group_and_out_again(tmp_path, level):
    study = _study(tmp_path, [[level]])
    layout = Layout(study)
    plan, kept = state.plan(layout, len(ROWS)), _kept(layout)
    column = layout.columns["hips"].index("surgeon")
    group = list(study.groups).index("set-0")
    stranger, member = (0, level + 1)
    kept.root[stranger, column] = level
    bookkeeping.follow(layout.programme, plan, kept, stranger, plan.root_bit[column])
    assert kept.members[group].nonzero()[0].tolist() == [stranger, member]
    kept.root[member, column] = (level + 1) % 70
    bookkeeping.follow(layout.programme, plan, kept, member, plan.root_bit[column])
    assert kept.members[group].nonzero()[0].tolist() == [stranger]
    assert kept.size[group] == 1
