"""What the search accepts is what prints the number: no margins but those that a study asks for."""

from __future__ import annotations

from math import log10

import pytest
from fixtures_core import INVENTED, dump, raw

from helpers import cohort, published, scorecard
from helpers.published import Entry, Margins
from helpers.reconstruct import accepted, codes, reconstruct

SHARE = {"statistic": "share", "group": "g", "of": "all"}
P = {"statistic": "log-rank", "endpoint": "e", "groups": ["a", "b"]}
COUNT = {"statistic": "count", "group": "g"}
UNITS = {"share": "percent", "log-rank": "p", "count": "patients"}


def _entry(value, decimals, relation, estimand):
    return Entry(
        id="x", value=value, decimals=decimals, relation=relation, words="w", reading="r",
        unit=UNITS[estimand["statistic"]], estimand=estimand,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "decimals", "relation", "estimand", "kind", "reached"),
    [
        (40, 0, ">", COUNT, codes.COUNT, [40, 41]),
        (40, 0, "<", COUNT, codes.COUNT, [39, 40]),
        (13, 0, "=", SHARE, codes.SHARE, [12.4, 100 / 8, 100 * 27 / 200, 13.49999]),  # 13.5 is 14
        (88, 0, "=", SHARE, codes.SHARE, [87.4999, 700 / 8, 88.4999, 88.5]),
        (0.05, 2, "<", P, codes.LOGRANK, [0.0499, 0.04999, 0.05, 0.0501]),
        (0.05, 2, ">", P, codes.LOGRANK, [0.0499, 0.05, 0.0501, 1.0]),
        (0.05, 2, "<=", P, codes.LOGRANK, [0.0499, 0.05, 0.0501]),
        (0.22, 2, "=", P, codes.LOGRANK, [0.2149, 0.21501, 0.22499, 0.2251]),
    ],
)
def test_what_prints_the_number_is_accepted_and_nothing_else(
    value, decimals, relation, estimand, kind, reached
):
    entry = _entry(value, decimals, relation, estimand)
    low, high = accepted.accepted(entry, kind)
    for number in reached:
        asked = log10(number) if kind == codes.LOGRANK else number
        assert (low <= asked <= high) is entry.agrees(number), number


def test_a_study_can_ask_for_margins_as_the_shipped_one_does():
    margins = published.load().margins
    assert margins == Margins(rounding=0.02, limit=0.05)
    entry = _entry(0.001, 3, "<", P)
    assert accepted.accepted(entry, codes.LOGRANK, margins)[1] == pytest.approx(log10(0.00095))
    assert accepted.accepted(entry, codes.LOGRANK)[1] == pytest.approx(log10(0.001))


@pytest.mark.parametrize(("relation", "value"), [(">", 8), ("<", 8), (">=", 9)])
def test_a_count_next_to_a_limit_is_found(relation, value, tmp_path):
    data = raw(INVENTED)
    data["entries"]["n-revised"] |= {"relation": relation, "value": value}
    study = published.load(dump(tmp_path / "study.yaml", data))
    found = cohort.derive(study, reconstruct(study, 3).tables)
    whole = cohort.Cohort(found, study, "found", synthetic=True)
    assert [row.reason for row in scorecard.rows(whole) if not row.agrees] == []


@pytest.mark.parametrize(("form", "both_equal"), [("not_after", True), ("before", False)])
def test_equal_times_are_not_after_and_not_before_in_contract_and_search(
    form, both_equal, tmp_path
):
    """Revision and end of observation in one week, of every hip."""
    data = raw(INVENTED)
    rule = data["rules"][0]
    data["rules"] = [{"table": "hips", "column": rule["column"], form: rule["not_after"]}]
    for column, prior in (("observed_weeks", {}), ("revised_weeks", {"absent": 0.0})):
        spec = data["tables"]["hips"]["columns"][column]
        spec["prior"] = {"uniform": {"from": 100, "to": 100}, **prior}
    data["entries"] = {"n-hips": data["entries"]["n-hips"], "all-revised": {
        "value": 24, "unit": "hips", "words": "w", "reading": "r",
        "estimand": {"statistic": "count", "group": "revised"},
    }}  # fmt: skip
    study = published.load(dump(tmp_path / "study.yaml", data))
    assert bool(study.rules[0].is_broken(100, 100)) is not both_equal
    if both_equal:
        tables = reconstruct(study, 1, evaluations=2_000).tables
        assert (tables["hips"]["revised_weeks"] == tables["hips"]["observed_weeks"]).all()
    else:
        with pytest.raises(ValueError, match="no cohort was found"):
            reconstruct(study, 1, evaluations=2_000)
