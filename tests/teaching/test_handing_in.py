"""What a student hands in: what was checked in this session, and nothing of the answers."""

from __future__ import annotations

import books
import pytest

from helpers import cohort as cohorts
from helpers import exercises
from helpers.exercises import ExerciseError, handing_in

CHAPTER = books.chapter("overall-survival")
IDS = [one.id for one in exercises.chapters()[int(CHAPTER[:2])]]


@pytest.fixture(autouse=True)
def _a_new_kernel(monkeypatch):
    monkeypatch.setattr(handing_in, "_tries", {})


def stands() -> dict[str, str]:
    return {line.id: line.stands for line in exercises.report(CHAPTER).lines}


def test_at_first_nothing_was_tried():
    assert stands() == dict.fromkeys(IDS, "not tried")
    told = str(exercises.report(CHAPTER))
    assert told.startswith(f"{CHAPTER}: 0 right, 0 tried, {len(IDS)} not tried\n")
    assert all(id in told for id in IDS)
    assert "Checked on" not in told


def test_right_tried_and_not_tried_are_told_apart():
    right = exercises.exercise(IDS[0]).answer(cohorts.load())
    exercises.check(IDS[0], right)
    exercises.check(IDS[1], -1)
    exercises.check(IDS[2], ...)
    left = len(IDS) - 2
    assert list(stands().values()) == ["right", "tried", *["not tried"] * left]
    told = str(exercises.report(CHAPTER))
    assert told.startswith(f"{CHAPTER}: 1 right, 1 tried, {left} not tried\n")


def test_the_last_answer_counts_and_all_are_counted():
    right = exercises.exercise(IDS[0]).answer(cohorts.load())
    for answer in (-1, "soon", right):
        exercises.check(IDS[0], answer)
    assert f"{IDS[0]}" in str(exercises.report(CHAPTER))
    assert "right (3 answers)" in str(exercises.report(CHAPTER))
    exercises.check(IDS[0], -1)
    assert stands()[IDS[0]] == "tried"


def test_no_answer_is_in_it():
    exercises.check(IDS[0], 0.123456)
    exercises.check("significant-at-three-years", "contradicted")
    report = exercises.report(CHAPTER)
    assert "0.123456" not in report._repr_html_()
    assert "contradicted" not in report._repr_html_()


def test_other_chapters_and_unknown_names_are_not_in_it():
    exercises.check("fewest-deaths", -1)
    assert stands() == dict.fromkeys(IDS, "not tried")
    with pytest.raises(ExerciseError):
        exercises.check("km-by-hnad", 1)
    assert stands() == dict.fromkeys(IDS, "not tried")


def test_it_names_the_cohorts_on_which_answers_were_checked(tmp_path):
    other = cohorts.load(books.other_cohort(tmp_path / "ward-seven"))
    exercises.check(IDS[0], -1)
    exercises.check(IDS[1], -1, other)
    assert exercises.report(CHAPTER).cohorts == (cohorts.load().name, "ward-seven")
    assert f"Checked on: {cohorts.load().name}; ward-seven" in str(exercises.report(CHAPTER))


def test_it_says_that_it_proves_nothing():
    assert "proves nothing" in str(exercises.report(CHAPTER))


def test_it_shows_itself_as_text_to_paste_and_as_a_file(tmp_path):
    report = exercises.report(CHAPTER)
    html = report._repr_html_()
    assert html.startswith(f"<pre>{CHAPTER}: 0 right")
    assert f'download="{CHAPTER}.txt"' in html
    path = report.save(tmp_path)
    assert path == tmp_path / f"{CHAPTER}.txt"
    assert path.read_text(encoding="utf-8") == str(report) == repr(report)


@pytest.mark.parametrize("name", ["6", "06-overall", 6, None])
def test_a_chapter_that_is_not_there_is_told(name):
    with pytest.raises(ExerciseError, match="there is no chapter"):
        exercises.report(name)
