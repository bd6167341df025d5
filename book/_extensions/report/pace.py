"""The role `{pace}`: how long a chapter takes, by its sections, counted from its words and exercises."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

from helpers import markup

WORDS_A_MINUTE = 150
"""Slow reading: of what has to be thought about, not of a novel."""
A_FIGURE, AN_EXERCISE, A_QUESTION = 1.0, 8.0, 0.5
"""Minutes for looking at a figure or a table, for doing an exercise, for a question of a quiz."""


class Pace(nodes.inline):
    """Where the minutes go."""


class PaceRole(SphinxRole):
    """`` {pace}`chapter` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [Pace("", self.text)], []


def minutes(section: nodes.Element) -> float:
    """Minutes of a section: its words outside solutions and outputs, its figures and exercises."""
    total = 0.0
    words = 0
    for node in section.findall():
        kind = type(node).__name__
        if kind == "exercise_node" or kind == "exercise_enumerable_node":
            total += AN_EXERCISE
        elif isinstance(node, nodes.figure | nodes.table) or (
            isinstance(node, nodes.raw) and markup.TABLE in node.astext()
        ):
            total += A_FIGURE
        elif isinstance(node, nodes.raw):
            total += A_QUESTION * node.astext().count(f'<details class="{markup.RIGHT}"')
        elif isinstance(node, nodes.Text) and not _within(node, section):
            words += len(node.astext().split())
    return total + words / WORDS_A_MINUTE


def _within(node: nodes.Node, top: nodes.Element) -> bool:
    """Whether a text stands in code, in its output or in a solution."""
    while node is not top:
        node = node.parent
        if "solution" in type(node).__name__ or isinstance(node, nodes.raw):
            return True
        if isinstance(node, nodes.literal_block) and node.get("language") == "none":
            return True
    return False


class Paces(SphinxTransform):
    """Put the minutes in place, once the page is read."""

    default_priority = 990

    def apply(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(Pace)):
            place.replace_self(nodes.Text(told(self.document)))


def told(document: nodes.document) -> str:
    """12 sections, about 60 minutes: By hand 6, By library 3, ..., 1 for each of the others."""
    title = next(document.findall(nodes.section))
    parts = {
        section.next_node(nodes.title).astext(): minutes(section)
        for section in title.children
        if isinstance(section, nodes.section)
    }
    total = sum(parts.values())
    about = 5 * max(1, round(total / 5))
    longer = [f"{name} {round(part)}" for name, part in parts.items() if part >= 1.5]
    others = ["1 for each of the others"] if len(longer) < len(parts) else []
    return f"{len(parts)} sections, about {about} minutes: {', '.join(longer + others)}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("pace", PaceRole())
    app.add_node(Pace)
    app.add_transform(Paces)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
