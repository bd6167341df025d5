"""The page of another abstract shows every part of the full form, as the models have it."""

from __future__ import annotations

import pytest
from report.study_form import StudyForm

from helpers.published.estimands import CLASSES, STATISTICS

ROWS = list(StudyForm.rows(None, None))
"""What the directive writes: a name with its first paragraph, and the fields."""


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_statistic_is_named(statistic):
    assert any(f"`{statistic}`" in fields for _, fields in ROWS)


def test_every_class_has_a_row_with_words_and_all_its_fields():
    for kind in CLASSES:
        about = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
        found = [fields for part, fields in ROWS if part.endswith(f"**\n\n{about}")]
        assert len(found) == 1, kind
        assert all(f"- `{field}`" in found[0] for field in kind.model_fields)


def test_the_rules_that_a_number_depends_on_are_asked_for():
    by_name = {part.partition("\n")[0].strip("*"): fields for part, fields in ROWS}
    assert "`plain` or `log` or `log-log` or `arcsin`" in by_name["kaplan meier limit"]
    assert "`rule`: a whole number (may be left out)" in by_name["quantile"]
    assert "`truncated`: a flag (may be left out)" in by_name["entry"]
