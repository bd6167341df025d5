"""Exercises: right answers are accepted, wrong ones named, and chapters say what they train."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from fractions import Fraction

import books
import numpy as np
import pandas as pd
import pytest
import without_sphinx
from bs4 import BeautifulSoup

from helpers import cohort as cohorts
from helpers import exercises
from helpers.exercises import Exercise, ExerciseError, Mistake

COHORT = cohorts.load()
ALL = [one for those in exercises.chapters().values() for one in those]
CHAPTERS = sorted((books.ROOT / "notebooks").glob("[0-9]*.md"))
KINDS = {"by-hand", "change-code", "judge", "recall"}
_EXERCISE = re.compile(
    r"^```\{exercise-start\} (?P<title>[^\n]+)\n:label: (?P<label>\S+)\n(?::class: (?P<kind>\S+)\n)?```$"
    r"(?P<text>.*?)^```\{exercise-end\}$",
    re.DOTALL | re.MULTILINE,
)
_SOLUTION = re.compile(
    r"^```\{solution-start\} (?P<of>\S+)$(?P<body>.*?)^```\{solution-end\}$",
    re.DOTALL | re.MULTILINE,
)
_CHECK = re.compile(r'exercises\.check\(\s*"([^"]+)"')
_CELL = r"```\{{code-cell\}} ipython3\n:tags: \[{}\]\n\n(?:(?!```).*\n)+```\n\n"
_HEAD = re.compile(
    r"^# [^\n]+\n\n(?P<answer>(?:[^\n]+\n)+)\n\{pace\}`chapter` · needs (?P<needs>[^\n]+)\n\n"
    r"You will learn\n\n(?P<goals>(?:- [^\n]+\n)+)\n"
    rf"{_CELL.format('remove-cell, install')}{_CELL.format('hide-input')}## The question\n\n",
    re.MULTILINE,
)


def name(path):
    return path.stem


def found(path) -> dict[str, re.Match]:
    return {one["label"]: one for one in _EXERCISE.finditer(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_the_solution_is_accepted(one: Exercise):
    answer = one.answer(COHORT)
    said = exercises.check(one.id, answer.tolist() if one.unit != "choice" else answer.upper())
    assert said.right, said
    assert said.says == one.why


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_each_named_mistake_is_named(one: Exercise):
    for mistake in one.mistakes:
        wrong = mistake.answer(COHORT) if callable(mistake.answer) else mistake.answer
        said = exercises.check(one.id, wrong)
        assert not said.right, f"{mistake.says} is accepted"
        assert said.named, f"{mistake.says} is not recognised"
        assert said.says == mistake.says, "two mistakes give the same answer"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_feedback_does_not_tell_the_answer(one: Exercise):
    told = [one.hint, *(mistake.says for mistake in one.mistakes)]
    if one.unit == "choice":
        # Other words of the list may stand in a sentence, but not as "the answer is".
        assert all(f"is {one.right}" not in text.lower() for text in told)
        return
    for value in np.atleast_1d(one.answer(COHORT)):
        if one.unit == "count" and abs(value) < 20:
            continue  # any small number may stand in a sentence
        written = {f"{value:g}", f"{value:.1f}", f"{value:.2f}", f"{value:.3f}"} - {"0.0", "1.0"}
        for text in told:
            assert not written & set(re.findall(r"\d+\.?\d*", text)), f"{text!r} tells {value}"


@pytest.mark.parametrize(
    "one", [one for one in ALL if one.unit != "choice"], ids=lambda one: one.id
)
def test_an_answer_that_is_no_number_is_refused(one: Exercise):
    for answer in ("soon", None, True, ..., [1.0] * 17, [[1.0], [2.0]]):
        said = exercises.check(one.id, answer)
        assert not said.right
        assert not said.named


@pytest.mark.parametrize("change", ["few", "nobody died", "all died", "one site"])
@pytest.mark.filterwarnings("error")
def test_exercises_of_another_cohort_have_an_answer_or_say_that_there_is_none(tmp_path, change):
    folder = books.other_cohort(tmp_path / "ward", patients=3 if change == "few" else 30)
    for table in ("patients", "lesions"):
        frame = pd.read_csv(folder / f"{table}.csv")
        if change == "one site":
            frame["site"] = "lung"
        elif table == "patients" and change.endswith("died"):
            frame["died"] = int(change == "all died")
        frame.to_csv(folder / f"{table}.csv", index=False)
    cohort = cohorts.load(folder)
    for one in ALL:
        said = exercises.check(one.id, one.answer(cohort), cohort)
        missing = one.unit != "choice" and np.isnan(one.answer(cohort)).any()
        assert said.right != missing, one.id
        assert said.says == ("On this cohort it cannot be computed." if missing else one.why)


ONE = exercises.exercise("km-by-hand").right


@pytest.mark.parametrize(
    "answer",
    [
        np.float32(ONE), np.array(ONE), Decimal(str(ONE)), Fraction(ONE),
        [ONE], np.array([[ONE]]), pd.Series([ONE]), pd.DataFrame({"a": [ONE]}),
    ],
    ids=lambda answer: type(answer).__name__,
)  # fmt: skip
def test_a_number_in_any_dress_is_accepted(answer):
    assert exercises.check("km-by-hand", answer).right


def test_numbers_in_any_dress_are_accepted():
    right = exercises.exercise("fewest-deaths").answer(COHORT)
    for answer in (tuple(right), pd.Series(right, index=list("abc")), right[:, None], right[None]):
        assert exercises.check("fewest-deaths", answer).right


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (str(ONE), f"the text '{ONE}'"),
        ([str(ONE)], f"['{ONE}']"),
        (np.True_, "np.True_"),
        (np.complex128(ONE), "np.complex128"),
        (pd.Timestamp("2020-01-01"), "Timestamp"),
        ([None], "[None]"),
        (pd.NA, "<NA>"),
        (np.ma.masked, "masked"),
        (10**400, "1000"),
        ({"a": ONE}, "{'a'"),
        ([1, 2], "2 numbers"),
        ([], "0 numbers"),
        ([[1, 2], [3, 4]], "a table of 2 × 2"),
    ],
)
def test_what_is_no_number_is_told_as_it_was_given(answer, found):
    said = exercises.check("km-by-hand", answer)
    assert not said.right
    assert said.says.startswith(f"A number was expected, found {found}")


def test_an_answer_that_is_missing_is_told():
    assert "NaN is no number" in exercises.check("km-by-hand", np.nan).says
    assert exercises.check("km-by-hand", np.inf).says == exercises.exercise("km-by-hand").hint


def test_what_never_ends_is_an_answer():
    never = Exercise(
        "n", right=np.inf, unit="months", within=0.1, mistakes=(Mistake(9, "x"),), why="", hint=""
    )
    assert never.same(np.array(np.inf), never.answer(COHORT))
    assert not never.same(np.array(9.0), never.answer(COHORT))


def test_a_long_answer_is_not_repeated_at_length():
    for answer in ("x" * 10_000, pd.Series(["soon"] * 50)):
        said = exercises.check("km-by-hand", answer)
        assert len(said.says) < 120
        assert "\n" not in said.says


def test_what_was_typed_is_text_in_html():
    said = exercises.check("km-by-hand", "<script>alert(1)</script>")
    assert "<script>" in said.says
    assert "<script>" not in said._repr_html_()


def test_names_and_answers_in_the_wrong_places_are_told():
    for name in (0.5, None, ["km-by-hand"]):
        with pytest.raises(ExerciseError, match="the name of an exercise was expected, then"):
            exercises.check(name, "km-by-hand")
    with pytest.raises(ExerciseError, match="third place, found 2; several numbers are one"):
        exercises.check("fewest-deaths", 1, 2)
    with pytest.raises(ExerciseError, match="did you mean 'km-by-hand'"):
        exercises.check("KM by hand ", 1)


def test_an_unnamed_mistake_gets_the_hint():
    one = exercises.exercise("km-by-hand")
    said = exercises.check("km-by-hand", 0.77)
    assert (said.right, said.named, said.says) == (False, False, one.hint)


def test_a_percentage_for_a_proportion_is_named():
    said = exercises.check("km-by-hand", 100 * exercises.exercise("km-by-hand").right)
    assert said.named
    assert "percentage" in said.says


def test_a_ratio_upside_down_is_named():
    one = Exercise(
        "r", right=4.0, unit="ratio", within=0.01, mistakes=(Mistake(9, "x"),), why="", hint=""
    )
    says = [text for value, text in one.wrong(COHORT) if one.same(value, np.array(0.25))]
    assert says == ["This is the ratio upside down: what belongs above the line stands below it."]


def test_a_word_that_is_no_choice_lists_the_choices():
    said = exercises.check("significant-at-three-years", "perhaps")
    assert not said.right
    assert all(word in said.says for word in ("supported", "unsupported", "contradicted"))


def test_an_unknown_exercise_is_told_with_the_nearest():
    with pytest.raises(
        ExerciseError, match="there is no exercise 'km-by-hnad'; did you mean 'km-by-hand'"
    ):
        exercises.check("km-by-hnad", 1)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"unit": "miles"}, "a unit of"),
        ({"mistakes": ()}, "no mistake has a name"),
        ({"within": 0.0}, "right within something"),
    ],
)
def test_an_exercise_without_what_it_needs_is_refused(wrong: dict, says: str):
    well = {
        "unit": "number",
        "within": 1,
        "mistakes": (Mistake(3, "Three."),),
        "why": "",
        "hint": "",
    }
    Exercise("e", right=1, **well)
    with pytest.raises(ExerciseError, match=says):
        Exercise("e", right=1, **well | wrong)


def test_feedback_has_no_markup():
    """It is shown as it stands, in a notebook as on a page."""
    for one in ALL:
        for text in (one.why, one.hint, *(mistake.says for mistake in one.mistakes)):
            assert "*" not in text.replace(" * ", ""), f"{one.id}: {text!r}"


def test_every_mistake_and_hint_is_a_sentence():
    for one in ALL:
        for text in (one.why, one.hint, *(mistake.says for mistake in one.mistakes)):
            assert re.fullmatch(r"[A-Z0-9√−].*[.?!]", text, re.DOTALL), f"{one.id}: {text!r}"


# Chapters


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_has_exercises_from_hand_to_judgement(path):
    those = found(path)
    assert 3 <= len(those) <= 6, sorted(those)
    kinds = {label: one["kind"] for label, one in those.items()}
    assert set(kinds.values()) <= KINDS, f"each has one class of {sorted(KINDS)}: {kinds}"
    assert set(kinds.values()) >= {"by-hand", "change-code", "judge"}, kinds


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_exercise_has_a_solution(path):
    solutions = {
        one["of"]: one["body"] for one in _SOLUTION.finditer(path.read_text(encoding="utf-8"))
    }
    assert set(solutions) == set(found(path))
    for label, body in solutions.items():
        if found(path)[label]["kind"] in ("by-hand", "change-code"):
            assert "{code-cell}" in body, f"the solution of {label} is not executed"


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_check_ends_its_cell(path):
    """What it says is shown as the value of the cell."""
    cells = [cell.source for cell in without_sphinx.visible(path.with_suffix(".ipynb"))]
    checked = [source for source in cells if _CHECK.search(source)]
    assert checked
    for source in checked:
        last = ast.unparse(ast.parse(source).body[-1])
        assert last.startswith("exercises.check("), source


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_the_head_of_a_chapter_has_the_form_of_all_others(path):
    """An answer in one paragraph, a line of time and needs, goals; then the banner, then the question."""
    head = _HEAD.search(path.read_text(encoding="utf-8"))
    assert head, "title, paragraph, {pace} and needs, You will learn, goals, the opening cells"
    assert "](" in head["needs"] or path.stem.startswith("01"), "links to what is needed"
    needed, _, helpful = head["needs"].partition(";")
    assert not helpful or helpful.endswith((" helps", " help")), "what is needed; what helps"
    assert "." not in re.sub(r"\(.*?\)", "", needed + helpful), "lists, and no sentences"
    assert len(head["answer"].split()) <= 85, "one paragraph that is soon read"


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_goal_is_tested_by_an_exercise(path):
    goals = _HEAD.search(path.read_text(encoding="utf-8"))["goals"].splitlines()
    assert 2 <= len(goals) <= 6
    trained = set()
    for goal in goals:
        words, tested, end = re.split("<!-- (.*) -->", goal[2:])
        assert re.match(r"to [a-z]", words), goal
        assert not end, goal
        assert "ex-" not in words, "the exercise is named where it is not shown"
        trained |= set(tested.split(", "))
    assert trained == set(found(path))


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_checks_of_a_chapter_are_its_exercises(path):
    text = path.read_text(encoding="utf-8")
    asked = {id for one in found(path).values() for id in _CHECK.findall(one["text"])}
    solved = {id for one in _SOLUTION.finditer(text) for id in _CHECK.findall(one["body"])}
    known = {one.id for one in exercises.chapters().get(int(path.stem[:2]), ())}
    assert asked == solved == known
    assert len(known) >= 2


# Quizzes


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_chapter_has_a_quiz(path):
    questions = exercises.read(path.stem)
    assert 3 <= len(questions) <= 5
    assert f'exercises.quiz("{path.stem}")' in path.read_text(encoding="utf-8")
    for one in questions:
        assert one.asks.endswith("?"), one.asks
        assert len({choice.says for choice in one.choices}) == len(one.choices)
        assert len({choice.because for choice in one.choices}) == len(one.choices)


def test_every_quiz_belongs_to_a_chapter():
    assert {path.stem for path in exercises.quizzes.FOLDER.glob("*.yaml")} == {
        p.stem for p in CHAPTERS
    }


def test_the_right_choice_is_not_always_at_the_same_place_or_the_longest():
    places, longest, number = [0, 0, 0, 0], 0, 0
    for path in CHAPTERS:
        for one in exercises.read(path.stem):
            k = next(i for i, choice in enumerate(one.choices) if choice.right)
            places[k] += 1
            number += 1
            longest += len(one.choices[k].says) == max(len(choice.says) for choice in one.choices)
    assert max(places) < 0.55 * number, places
    assert longest < 0.7 * number, f"the right choice is the longest in {longest} of {number}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- asks: A?\n  choices:\n  - {says: a, because: b}\n", "at least 3"),
        (
            "- asks: A?\n  choices:\n" + "  - {says: a, because: b}\n" * 3,
            "exactly one right choice",
        ),
        ("- asks: A?\n", "choices"),
        ("asks: A?\n", "yaml"),
    ],
)
def test_a_quiz_that_is_not_well_made_is_refused(tmp_path, monkeypatch, text, says):
    monkeypatch.setattr(exercises.quizzes, "FOLDER", tmp_path)
    (tmp_path / "one.yaml").write_text(text)
    with pytest.raises(ExerciseError, match=says):
        exercises.read(f"{'one'}")
    exercises.read.cache_clear()


def test_a_quiz_that_is_not_there_is_told():
    with pytest.raises(ExerciseError, match="there is no quiz 'nowhere'"):
        exercises.read("nowhere")


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_a_choice_is_heard_with_its_question_and_a_whole_answer(path):
    """By keyboard one comes to a choice alone; what it belongs to, and whether it was right, is said."""
    page = BeautifulSoup(exercises.quiz(path.stem).data, "html.parser")
    asked = page.select("ol > li")
    for one, question in zip(asked, exercises.read(path.stem), strict=True):
        group = one.find(role="group")
        assert page.find(id=group["aria-labelledby"]).get_text() == question.asks
        names = {details["name"] for details in group.find_all("details")}
        assert len(names) == 1, "opening a choice closes the others"
        for details, choice in zip(group.find_all("details"), question.choices, strict=True):
            assert details.summary.get_text() == choice.says
            assert not details.has_attr("open")
            words = details.get_text(" ", strip=True)
            assert words.endswith(f"{'Yes.' if choice.right else 'No.'} {choice.because}")
    ids = [element["id"] for element in page.find_all(id=True)]
    assert len(set(ids)) == len(ids) == len(asked)
