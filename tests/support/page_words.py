"""The words of a page's prose, block by block: quicker than a parser that keeps the tree.

Beautiful Soup takes a second for a chapter; here outputs and code are read over.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from nbformat import NotebookNode

_BLOCKS = {"p", "li", "td", "h2", "h3"}
_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
_SKIPPED = {"script", "style", "svg", "figure", "summary", "nav", "header", "footer"}
_SKIPPED_CLASSES = {
    "cell_output", "cell_input", "highlight", "headerlink", "figure-numbers", "downloads", "cohort-banner",
    "admonition-title", "sd-tab-set", "book-on-paper",
}  # fmt: skip
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_MATH = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]|\$\$.*?\$\$|\$[^$]+?\$", re.DOTALL)

FEWEST = 25
"""Paragraphs that every chapter has: fewer, and they are not found."""


def words(text: str) -> str:
    """The words and numbers of a text, without mathematics."""
    return " ".join(re.findall(r"\w+", _MATH.sub(" ", text)))


def prose(page: str, *, without: Collection[str] = ()) -> list[str]:
    """The words of each paragraph, point, cell and heading of a page that is no output and no code.

    Parameters
    ----------
    page : str
        Its HTML.
    without : collection of str
        Classes of what is left out too.
    """
    reader = _Prose(_SKIPPED_CLASSES | set(without))
    reader.feed(page[page.index("<article") : page.index("</article>")])
    return [said for said in map(words, reader.blocks) if said]


def text(html: str) -> str:
    """The words of a piece of HTML, without blocks of code and MathML."""
    reader = _Text()
    reader.feed(html)
    return words("".join(reader.parts))


def of_notebook(notebook: NotebookNode) -> str:
    """The words of a notebook's text, without blocks of code."""
    markdown = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return text(_MARKDOWN.render(markdown))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._skipped: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped is None and tag in ("math", "pre"):
            self._skipped = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped:
            self._skipped = None

    def handle_data(self, data: str) -> None:
        self.parts.append(data if self._skipped is None else " ")


class _Prose(HTMLParser):
    def __init__(self, skipped: set[str]) -> None:
        super().__init__()
        self._skipped_classes = skipped
        self.blocks: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        classes = set((dict(attrs).get("class") or "").split())
        skip = tag in _SKIPPED or bool(classes & self._skipped_classes)
        self._open.append((tag, skip))
        self._skipped += skip
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self._open):
            name, skip = self._open.pop()
            self._skipped -= skip
            if name == tag:
                break
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if not self._skipped and self.blocks:
            self.blocks[-1] += data
