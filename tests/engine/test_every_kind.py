"""For what one cohort prints of every kind, the search finds another."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers import cohort, estimates, scorecard, short
from helpers.published import Entry, Study, checking, rounding
from helpers.reconstruct import reconstruct

TEXT = """
name: a
rows: 60 patients
groups:
  arm: {drugs: 30, surgery: 30}
counts:
  smokers: 40
summaries:
  age: 59.9 ± 8.0 (44-81)
  size mm: 19 (IQR 15-25)
  follow-up: 17.3 (2-71)
rates:
  os 12: 71.5% (95% CI 57.7-81.5)
  os 24: 48.1 ± 6.9
  pfs 12 in surgery: 55.0%
medians:
  os: 22.4 (14.5-29.6)
  pfs in surgery: 13.5 (90% CI 9.8-20)
ratios:
  os by arm: 0.74 (0.41-1.36)
"""
"""Of a cohort that the search found."""
ARMS = ["drugs", "surgery"]
OS, PFS = {"endpoint": "overall-survival"}, {"endpoint": "progression-free-survival"}
MORE = {
    "incidence": (0, "percent", {"statistic": "cumulative-incidence", **PFS, "competing": OS["endpoint"],
                                 "group": "everyone", "time": 12}),
    "reverse": (0, "months", {"statistic": "reverse-kaplan-meier-median", **OS, "group": "everyone"}),
    "fisher": (2, "p", {"statistic": "fisher", "group": "smokers", "groups": ARMS}),
    "chi-square": (2, "p", {"statistic": "chi-square", "group": "smokers", "groups": ARMS}),
    "stratified": (2, "p", {"statistic": "stratified-log-rank", **OS, "groups": ARMS,
                            "strata": ["smokers", "no-smokers"]}),
}  # fmt: skip


@pytest.fixture(scope="module")
def printed():
    """A study with numbers of every kind, all of one cohort."""
    text = TEXT + "tests: {os by smokers: <=1}\n"  # which makes the group of who does not
    whole = checking.parse(
        short.written(short.expanded(short.read(text, "a.yaml")), "a.yaml"), Path("a.yaml")
    )
    tables = reconstruct(whole, 1).tables
    of = cohort.Cohort(cohort.derive(whole, tables), whole, "one", synthetic=True)
    assert all(row.agrees for row in scorecard.rows(of))
    entries = dict(whole.entries)
    for id, (decimals, unit, estimand) in MORE.items():
        fields = {"id": id, "unit": unit, "decimals": decimals, "words": id, "reading": "r"}
        blank = Entry.model_validate({**fields, "value": 1, "estimand": estimand})
        value = estimates.estimate(of, blank.estimand)
        shown = float(rounding.text(value, decimals)) if decimals else int(rounding.text(value, 0))
        entries[id] = Entry.model_validate({**fields, "value": shown, "estimand": estimand})
    return Study.model_validate({**dict(whole), "entries": entries})


@pytest.mark.full
def test_the_search_finds_another(printed):
    found = reconstruct(printed, 2)
    of = cohort.Cohort(cohort.derive(printed, found.tables), printed, "another", synthetic=True)
    rows = scorecard.rows(of)
    assert len(rows) > 30
    assert all(row.agrees for row in rows), [row.reason for row in rows if not row.agrees]
