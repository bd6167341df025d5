"""Short quizzes: folds of a page, one a choice, each with what is to be said of it.

A fold opens by mouse, touch and keyboard, a screen reader reads what it opens, and nothing of it
needs a script, a kernel or the network. On paper all folds are open.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from IPython.display import HTML

from .. import known, markup
from ..forms import BaseModel, ConfigDict, Field, ValidationError, model_validator
from .answers import ExerciseError

FOLDER = Path(__file__).parent / "questions"


class Choice(BaseModel):
    """A choice, and what is to be said of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = Field(min_length=1)
    because: str = Field(min_length=1)
    right: bool = False


class QuizQuestion(BaseModel):
    """A question with three or four choices, one of which is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asks: str = Field(min_length=1)
    choices: tuple[Choice, ...] = Field(min_length=3, max_length=4)

    @model_validator(mode="after")
    def _has_one_right(self) -> QuizQuestion:
        if sum(choice.right for choice in self.choices) != 1:
            raise ValueError("exactly one right choice was expected")
        return self


def names() -> tuple[str, ...]:
    """The chapters, each by the name of its file; every one has a quiz."""
    return tuple(path.stem for path in sorted(FOLDER.glob("*.yaml")))


@cache
def read(chapter: str) -> tuple[QuizQuestion, ...]:
    """The questions of a chapter.

    Parameters
    ----------
    chapter : str
        Name of its file, without the ending.

    Raises
    ------
    ExerciseError
        When there is no quiz, or when it is not well made.
    """
    path = FOLDER / f"{chapter}.yaml"
    if not path.is_file():
        raise ExerciseError(f"there is no quiz {chapter!r}")
    if (questions := known.read(path)) is not None:
        return questions
    import yaml

    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        asked = yaml.load(path.read_text(encoding="utf-8"), Loader=quick)
        return tuple(QuizQuestion(**one) for one in asked)
    except (ValidationError, TypeError, yaml.YAMLError) as error:
        raise ExerciseError(f"{path.name}: {error}") from None


def quiz(chapter: str) -> HTML:
    """The quiz of a chapter.

    Parameters
    ----------
    chapter : str
        Name of its file, without the ending.

    Returns
    -------
    HTML
    """
    asked = "".join(
        f"<li>{_question(f'quiz-{chapter}-{number}', one)}</li>"
        for number, one in enumerate(read(chapter), 1)
    )
    how = f'<p class="{markup.ONLY_ON_SCREEN}">One choice is right. Decide, then open yours: it says whether it is right, and why.</p>'
    return HTML(f'{how}<ol class="{markup.QUIZ}">{asked}</ol>')


def _question(name: str, question: QuizQuestion) -> str:
    """A group whose name is the question, so that who comes to a choice by keyboard hears it."""
    return (
        f'<div role="group" aria-labelledby="{name}"><p id="{name}">{escape(question.asks)}</p>'
        f"{_choices(name, question)}</div>"
    )


def _choices(name: str, question: QuizQuestion) -> str:
    """Folds of one name: opening one closes the others."""
    return "".join(
        f'<details class="{markup.RIGHT if one.right else markup.WRONG}" name="{name}">'
        f"<summary>{escape(one.says)}</summary>"
        f"<p><strong>{'Yes.' if one.right else 'No.'}</strong> {escape(one.because)}</p></details>"
        for one in question.choices
    )
