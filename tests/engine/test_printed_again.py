"""What is printed from a random cohort, that cohort has: in the scorecard, for ensembles, in the search."""

from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest
from selection import some
from test_agreement import _many, _table, by_lifelines, in_ensemble, study

from helpers import cohort, ensemble, scorecard
from helpers.published import CoxOnly, Definition, Study, rounding
from helpers.reconstruct import constraints, evaluation

KINDS = {"a": 0, "b": 1, "c": 2}


def _printed(rows, rng):
    """A study with what the cohort of some rows prints, rounded or cut off."""
    of = study()
    tables = cohort.derive(of, {"people": _table(rows)})
    entries = {"n": of.entries["n"].model_dump() | {"value": len(rows)}}
    for id, entry in of.entries.items():
        if isinstance(entry.estimand, (CoxOnly, Definition)) or id.startswith("median-"):
            continue
        value = by_lifelines(tables, entry.estimand, of)
        if value is None or id == "n" or (entry.unit == "percent" and value > 100):
            continue
        printed = entry.model_dump() | {"value": value, "relation": "="}
        if not isinstance(value, str):
            decimals = 0 if entry.estimand.counts else rng.randint(0, 3)
            cut = not entry.estimand.counts and rng.random() < 0.3
            text = rounding.text(value, decimals, "cut" if cut else "up")
            number = float(text) if decimals else int(text)
            if entry.unit in ("p", "ratio") and number == 0:
                continue
            printed |= {"value": number, "decimals": decimals, "truncated": cut}
        entries[id] = printed
    return Study.model_validate({**dict(of), "entries": entries}), tables


def _cohorts():
    rng = random.Random(20)
    for seed in range(4):
        yield _many(seed)
    for n in (1, 2, 3, 5, 8):
        for dies in (0, 0.5, 1):
            yield [
                (rng.choice("abc"), rng.randint(0, 1), rng.choice([0.0, 1.0, 2.0, 5.5, np.nan]),
                 float(rng.randint(0, 3)), int(rng.random() < dies), 1.0, 5.0)
                for _ in range(n)
            ]  # fmt: skip


@pytest.mark.parametrize("rows", some(_cohorts(), 3), ids=lambda rows: str(len(rows)))
def test_a_cohort_has_what_is_printed_of_it(rows):
    of, tables = _printed(rows, random.Random(len(rows)))
    found = scorecard.rows(cohort.Cohort(tables, of, "printed", synthetic=True))
    assert all(row.agrees for row in found), [row.reason for row in found if not row.agrees]
    verdict = ensemble.verify(in_ensemble(tables, of))
    assert verdict.agrees.iloc[1].all(), list(verdict.agrees.columns[~verdict.agrees.iloc[1]])
    layout = constraints.Layout(of)
    people = tables["people"].assign(kind=tables["people"]["kind"].map(KINDS))
    root = people.reindex(columns=layout.columns["people"]).to_numpy(float)
    values, violations = np.zeros(len(layout.labels)), np.zeros(len(layout.labels))
    evaluation.evaluate(
        layout.programme, root, np.zeros((1, 1)), np.zeros(0, np.int64), inf, values, violations
    )
    off = {
        name: value
        for name, value, by in zip(layout.labels, values, violations, strict=True)
        if by > 0
    }
    assert not off
    assert len(of.entries) > 20 or len(rows) < 4
