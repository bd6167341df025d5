"""A quiz as Markdown: it opens choice by choice, and needs no kernel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from helpers.exercises import QuizQuestion


def as_markdown(questions: Sequence[QuizQuestion]) -> str:
    """Questions with a fold for each choice."""
    return "\n\n".join(_question(number, one) for number, one in enumerate(questions, 1))


def _question(number: int, question: QuizQuestion) -> str:
    choices = "\n".join(
        f"<details><summary>{escape(one.says, quote=False)}</summary>"
        f"<p><strong>{'Yes.' if one.right else 'No.'}</strong> {escape(one.because, quote=False)}</p></details>"
        for one in question.choices
    )
    return f"**{number}.** {question.asks}\n\n{choices}"
