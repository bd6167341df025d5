"""The directive `{misconceptions}`: what wrong answers are told, chapter by chapter.

It is made from the exercises themselves, so that the guide for instructors never lags behind them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from helpers import exercises

from . import dependencies
from .gates import CHECK, EXERCISE

_ROOT = Path(__file__).resolve().parents[3]
_LISTED = "lists_misconceptions"


def titles() -> dict[str, dict[str, str]]:
    """Title and label of the exercises that are checked, by name of the chapter and id."""
    return {
        path.stem: {
            id: f"{exercise['title']} <{exercise['label']}>"
            for exercise in EXERCISE.finditer(path.read_text(encoding="utf-8"))
            for id in CHECK.findall(exercise["text"])
        }
        for path in sorted((_ROOT / "notebooks").glob("[0-9]*.md"))
    }


def told() -> str:
    """A definition list as Markdown: a chapter, and for each exercise what a wrong answer is told."""
    lines = []
    for chapter, labels in titles().items():
        registered = exercises.chapters().get(int(chapter[:2]), ())
        known = [exercise for exercise in registered if exercise.id in labels]
        if not known:
            continue
        lines.append(f"[](../notebooks/{chapter}.ipynb)")
        for exercise in known:
            says = " ".join(f"“{mistake.says}”" for mistake in exercise.mistakes)
            lines.append(f": {{ref}}`{labels[exercise.id]}`: {says}\n")
    return "\n".join(lines)


def _outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """The pages with the list, where a title in it was edited."""
    now = titles()
    before, env.book_exercises = getattr(env, "book_exercises", now), now  # type: ignore[attr-defined]
    return [name for name, about in env.metadata.items() if _LISTED in about and before != now]


class Misconceptions(SphinxDirective):
    """What wrong answers are told."""

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname][_LISTED] = True
        for path in sorted(dependencies.loaded("import helpers.exercises")):
            self.env.note_dependency(str(path))
        place = nodes.container()
        self.state.nested_parse(StringList(told().splitlines(), "exercises"), 0, place)
        return place.children


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("env-get-outdated", _outdated)
    app.add_directive("misconceptions", Misconceptions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
