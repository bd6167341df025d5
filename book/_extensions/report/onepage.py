"""The builder `onepage`: the whole book as one HTML page, which `make pdf` prints.

Sphinx's `singlehtml` puts the chapters under the cover's heading and keeps sections of the same name
under the same address, and it stops at the first folded cell: once one extension (sphinx-exercise)
has told how its nodes are written for `singlehtml`, Sphinx no longer looks at what the others told
for HTML. Here every chapter is written like a page of its own, with addresses of its own, under a
name for which no extension has told anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.io import StringOutput
from jinja2 import Environment, StrictUndefined
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from . import drawings, front, numbering, solutions, unfolded, wholebook

_TEMPLATE = Path(__file__).with_name("onepage.html.jinja")
_OFFLINE = "sphinx-mathjax-offline"
"""The extension that brings MathJax; a book without it has no mathematics."""
# The theme's templates name these; its other style sheets Sphinx knows.
_OF_THE_THEME = ("_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css")


@dataclass(frozen=True)
class Heading:
    """A title, without what it quotes marked up, and its address in the page."""

    title: str
    id: str


@dataclass(frozen=True)
class Chapter:
    """A page of the book as a part of the one page; its solutions come after all pages."""

    heading: Heading
    sections: list[Heading]
    body: str
    solutions: str = ""


class OnePage(StandaloneHTMLBuilder):
    """The whole book as one page: title, contents, chapters."""

    name = "onepage"
    epilog = "The page is in %(outdir)s."
    add_permalinks = False
    copysource = False
    html_scaled_image_link = False
    search = False

    def get_outdated_docs(self) -> str:  # type: ignore[override]
        """All of them: they stand on one page."""
        return "all documents"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """The address of a chapter in the page."""
        return f"#{_address(docname)}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """The same from everywhere."""
        return self.get_target_uri(to, typ)

    def write(self, *_: Any) -> None:
        """Write the page."""
        self.prepare_writing(set(self.env.all_docs))
        self.imgpath, self.dlpath = "_images", "_downloads"
        self._put = drawings.into(Path(self.outdir, self.imgpath), f"{self.imgpath}/")
        parts = [
            (caption, [self._chapter(name) for name in names]) for caption, names in self._parts()
        ]
        if any(chapter.solutions for _, chapters in parts for chapter in chapters):
            parts.append(("Solutions", [_solutions(parts)]))
        template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
            _TEMPLATE.read_text(encoding="utf-8")
        )
        title = front.of(self.app)
        page = template.render(
            about=title.about,
            citation=title.citation,
            notice=title.notice,
            style_sheets=[*_OF_THE_THEME, *(str(sheet.filename) for sheet in self._css_files)],
            mathjax=self.config.mathjax_path if _OFFLINE in self.app.extensions else "",
            mathjax_config=self.config.mathjax3_config or {},
            parts=parts,
            repeated=_repeated(parts),
        )
        Path(self.outdir, "index.html").write_text(page, encoding="utf-8")
        wholebook.note(self)

    def finish(self) -> None:
        """Copy what the page shows."""
        self.copy_image_files()
        self.copy_static_files()

    def _parts(self) -> Iterator[tuple[str, list[str]]]:
        """The captions of the table of contents, and the pages under each; the cover has none."""
        root = self.config.root_doc
        yield "", [root]
        for toctree in self.env.get_doctree(root).findall(addnodes.toctree):
            names = [name for _, name in toctree["entries"] if name in self.env.found_docs]
            yield (
                toctree.get("caption") or "",
                [page for name in names for page in self._under(name)],
            )

    def _under(self, name: str) -> Iterator[str]:
        yield name
        for below in self.env.toctree_includes.get(name, []):
            yield from self._under(below)

    def _chapter(self, name: str) -> Chapter:
        """Write a page, with addresses that stand nowhere else."""
        tree = self.env.get_and_resolve_doctree(name, self)
        _readdress(tree, name)
        self.post_process_images(tree)
        tree.settings = self.docsettings
        self.current_docname = name
        self.secnumbers = {
            f"#{_address(name, anchor[1:])}" if anchor else "": number
            for anchor, number in self.env.toc_secnumbers.get(name, {}).items()
        }
        self.fignumbers = {
            kind: {_address(name, id): number for id, number in those.items()}
            for kind, those in self.env.toc_fignumbers.get(name, {}).items()
        }
        self.docwriter.write(tree, StringOutput(encoding="utf-8"))
        self.docwriter.assemble_parts()
        top = next(tree.findall(nodes.section))
        body = unfolded.unfolded(self.docwriter.parts["fragment"], self._put, only_page=True)
        of = {id: _address(name, label) for id, label in solutions.exercises(tree).items()}
        body, solved = solutions.apart(body, of)
        return Chapter(
            heading=_heading(top, _address(name), numbering.chapter(self.env, name)),
            sections=[
                _heading(section, section["ids"][0])
                for section in top.children
                if isinstance(section, nodes.section)
            ],
            body=body,
            solutions=solved,
        )


def _solutions(parts: list[tuple[str, list[Chapter]]]) -> Chapter:
    """The solutions of all chapters as a chapter of their own."""
    headings, texts = [], []
    for _, chapters in parts:
        for chapter in chapters:
            if chapter.solutions:
                heading = Heading(chapter.heading.title, f"solutions--{chapter.heading.id}")
                headings.append(heading)
                texts.append((heading.title, heading.id, chapter.solutions))
    body = solutions.together(texts)
    return Chapter(Heading(solutions.TITLE, "solutions"), headings, body)


def _repeated(parts: list[tuple[str, list[Chapter]]]) -> set[str]:
    """Headings that stand in several chapters, and in a table of contents tell nothing."""
    all_of_them = Counter(
        section.title for _, chapters in parts for one in chapters for section in one.sections
    )
    return {title for title, times in all_of_them.items() if times > 1}


def _heading(section: nodes.Element, id: str, number: str = "") -> Heading:
    title = next(section.findall(nodes.title)).astext()
    return Heading(title=f"{number}. {title}" if number else title, id=id)


def _address(docname: str, id: str = "") -> str:
    """Where a page, or what has a name on it, stands in the one page."""
    return f"{nodes.make_id(docname.replace('/', '-'))}{'--' if id else ''}{id}"


def _readdress(tree: nodes.document, docname: str) -> None:
    """Put the page's name before every address on it, and make one of the two in each link."""
    for node in tree.findall(nodes.Element):
        for key in ("ids", "backrefs"):
            if node.get(key):
                node[key] = [_address(docname, id) for id in node[key]]
        if node.get("refid"):
            node["refid"] = _address(docname, node["refid"])
        if node.get("refuri", "").startswith("#"):
            page, _, id = node["refuri"][1:].partition("#")
            node["refuri"] = f"#{page}{'--' if id else ''}{id}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.add_builder(OnePage)
    app.connect("config-inited", lambda app, config: unfolded.as_html(config, OnePage.name))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
