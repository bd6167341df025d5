"""The head of a chapter: how long it takes, what it needs, and its goals, which fold on a phone.

The role `{pace}` tells the minutes of a chapter, counted from its words, figures and exercises. They
stand in the contents at the right too, by section. The paragraph and the list that follow the line with
the role are the goals. In the source a goal names the exercises that test it, in a comment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxRole

from helpers import markup

WORDS_A_MINUTE = 150
"""Slow reading: of what has to be thought about, not of a novel."""
A_FIGURE, AN_EXERCISE, A_QUESTION = 1.0, 8.0, 0.5
"""Minutes for looking at a figure or a table, for doing an exercise, for a question of a quiz."""

_LINE, _GOALS, _MINUTES = "book-pace", "book-goals", "book-minutes"
_KEPT = "minutes"  # of the sections of a chapter, in what Sphinx keeps of its page
_CLOSE_ON_A_PHONE = (
    '<script>if (matchMedia("(max-width: 600px)").matches) '
    "document.currentScript.previousElementSibling.open = false</script>"
)
_LINK = re.compile(r'(?P<link><a [^>]*href="#(?P<id>[^"]+)"[^>]*>.*?)</a>', re.DOTALL)


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
    """Put the minutes in place, and fold the goals, once the page is read."""

    default_priority = 990

    def apply(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(Pace)):
            line = place.parent
            parts = sections(self.document)
            self.env.metadata[self.env.docname][_KEPT] = parts
            place.replace_self(nodes.Text(_in_words(parts)))
            line["classes"].append(_LINE)
            _fold(line)


def _fold(line: nodes.Element) -> None:
    """Let the goals be open on a wide screen and closed on a narrow one; no script, no fold that closes."""
    at = line.parent.index(line)
    match line.parent[at + 1 : at + 3]:
        case [nodes.paragraph() as words, nodes.bullet_list() as goals]:
            begin = f'<details class="{_GOALS}" open><summary>{escape(words.astext())}</summary>'
            line.parent[at + 1 : at + 3] = [
                nodes.raw("", begin, format="html"),
                goals,
                nodes.raw("", f"</details>{_CLOSE_ON_A_PHONE}", format="html"),
            ]


def sections(document: nodes.document) -> dict[str, float]:
    """Minutes of the sections of a page, by address."""
    title = next(document.findall(nodes.section))
    return {
        section["ids"][0]: minutes(section)
        for section in title.children
        if isinstance(section, nodes.section)
    }


def told(env: BuildEnvironment, docname: str) -> str:
    """How long a chapter takes, as its page says."""
    return _in_words(env.metadata[docname].get(_KEPT, {}))


def _in_words(parts: Mapping[str, float]) -> str:
    """About 60 min (33 of them exercises)."""
    about = 5 * max(1, round(sum(parts.values()) / 5))
    trained = parts.get("exercises", 0.0)
    return f"About {about} min" + (f" ({round(trained)} of them exercises)" if trained else "")


def _contents(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the minutes of each section into the contents of a chapter."""
    parts = app.env.metadata[pagename].get(_KEPT)
    if doctree is None or not parts:
        return

    def with_minutes(link: re.Match[str]) -> str:
        if (part := parts.get(link["id"])) is None:
            return link[0]
        return f'{link["link"]}<span class="{_MINUTES}"> {max(1, round(part))} min</span></a>'

    context["toc"] = _LINK.sub(with_minutes, context["toc"])


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("pace", PaceRole())
    app.add_node(Pace)
    app.add_transform(Paces)
    app.connect("html-page-context", _contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
