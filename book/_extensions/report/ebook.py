"""The builder `ebook`: the whole book as an EPUB 3, which `make epub` calls.

Sphinx's own `epub` builder is what it is made from. That one knows no node that an extension
registered for HTML once another has registered one for `epub`; it takes a notebook's output for XML;
it does not tell an e-reader where mathematics stand; and its file carries the time of the build.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from posixpath import normpath
from typing import Any
from xml.etree import ElementTree as ET

from docutils import nodes
from jinja2 import Environment, StrictUndefined
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from . import drawings, front, mathml, numbering, unfolded, wholebook
from .archives import Entry, packed

_TITLE_PAGE = "title-page.xhtml"
_PICTURE = "_static/cover.svg"
_STYLES = "ebook.css"
_BOOK = Path(__file__).resolve().parents[2]
_TEMPLATE = Path(__file__).with_name("title-page.xhtml.jinja")
_OPF = "http://www.idpf.org/2007/opf"
_DC = "http://purl.org/dc/elements/1.1/"


class EBook(Epub3Builder):
    """The whole book as an EPUB."""

    name = "ebook"
    epilog = "The EPUB is in %(outdir)s."
    math_renderer_name = mathml.RENDERER
    add_permalinks = False

    def init(self) -> None:
        """Take the names and the metadata from the book."""
        self.front = front.of(self.app)
        self.book = self.front.about
        mathml.register(self.app)
        own = self.app.book_cohort.name if os.environ.get("COHORT") else ""  # type: ignore[attr-defined]
        # Sphinx uses one for the other, and so they are the same.
        identifier = nodes.make_id(f"{self.front.name} {own}")
        for name, value in {
            "title": f"{self.book.title}: {self.book.subtitle}",
            "author": self.book.author,
            "contributor": self.book.author,
            "publisher": self.book.author,
            "copyright": self.book.licence,
            "description": f"{self.front.notice.lead} {self.front.notice.text}",
            "language": self.book.language,
            "uid": identifier,
            "identifier": identifier,
            "basename": self.book.file,
            "pre_files": [(_TITLE_PAGE, self.book.title)],
            "tocscope": "includehidden",
            "tocdepth": 2,
            "tocdup": False,
            "show_urls": "no",
        }.items():
            setattr(self.config, f"epub_{name}", value)
        self.config.version = self.book.version
        language = escape(self.book.language)
        self.html_tag = f'{self.html_tag[:-1]} lang="{language}" xml:lang="{language}">'
        # The picture is drawn from the cohort that comes with the book.
        another = os.environ.get("COHORT") or os.environ.get("PUBLISHED")
        self.picture = "" if another else _PICTURE
        super().init()
        self.use_index = False

    def add_css_file(self, filename: str, **_: Any) -> None:
        """Take one style sheet; those of the theme and of extensions are for screens."""
        if filename == _STYLES:
            super().add_css_file(filename)

    def add_js_file(self, filename: str, **_: Any) -> None:
        """Take no scripts."""

    def init_css_files(self) -> None:
        """Take that style sheet."""
        self._css_files = []
        self.add_css_file(_STYLES)

    def copy_image_files(self) -> None:
        """Copy the figures, as valid drawings."""
        super().copy_image_files()
        for picture in self.images.values():
            if picture.endswith(".svg"):
                path = Path(self.outdir, self.imagedir, picture)
                path.write_text(drawings.still(path.read_text("utf-8")), encoding="utf-8")

    def copy_static_files(self) -> None:
        """Copy what the pages name, and write the page with the title."""
        for name in filter(None, (self.picture, f"_static/{_STYLES}")):
            target = Path(self.outdir, name)
            target.parent.mkdir(exist_ok=True)
            text = (_BOOK / name).read_text(encoding="utf-8")
            drawn = drawings.still(text) if name == self.picture else text
            target.write_text(drawn, encoding="utf-8")
        page = Environment(autoescape=True, undefined=StrictUndefined).from_string(
            _TEMPLATE.read_text(encoding="utf-8")
        )
        Path(self.outdir, _TITLE_PAGE).write_text(
            page.render(
                about=self.book,
                citation=self.front.citation,
                notice=self.front.notice,
                picture=self.picture,
                style=_STYLES,
            ),
            encoding="utf-8",
        )

    def get_toc(self) -> None:
        """List the sections of every chapter too, and name pages as the list of files does."""
        super().get_toc()
        listed: list[dict[str, Any]] = []
        for node in self.refnodes:
            page = normpath(node["refuri"])
            name = page.removesuffix(self.out_suffix)
            text = numbering.titled(self.env, name, node["text"])
            listed.append({**node, "refuri": page, "text": text})
            if name in self.env.all_docs:
                top = next(self.env.get_doctree(name).findall(nodes.section))
                for section in top.children:
                    if isinstance(section, nodes.section):
                        listed.append(
                            {
                                "level": node["level"] + 1,
                                "refuri": f"{page}#{self.fix_fragment('', section['ids'][0])}",
                                "text": escape(next(section.findall(nodes.title)).astext()),
                            }
                        )
        self.refnodes = listed

    def handle_page(self, pagename: str, addctx: dict[str, Any], *args: Any, **named: Any) -> None:
        """Write a page: open, as XML, and in its language."""
        if "body" in addctx:
            up = "../" * pagename.count("/")
            put = drawings.into(Path(self.outdir, self.imagedir), f"{up}{self.imagedir}/")
            addctx["body"] = unfolded.unfolded(addctx["body"], put)
        super().handle_page(pagename, addctx, *args, **named)

    def build_content(self) -> None:
        """Tell readers too which pages hold mathematics, and which picture is the cover."""
        super().build_content()
        path = Path(self.outdir, "content.opf")
        ET.register_namespace("", _OPF)
        ET.register_namespace("dc", _DC)
        package = ET.parse(path)
        for item in package.iter(f"{{{_OPF}}}item"):
            name = item.get("href", "")
            if name == self.picture:
                item.set("properties", "cover-image")
            elif name in self.files and "<math" in self._text(name):
                item.set("properties", "mathml")
        metadata = next(package.iter(f"{{{_OPF}}}metadata"))
        for subject in self.book.subjects:
            ET.SubElement(metadata, f"{{{_DC}}}subject").text = subject
        package.write(path, encoding="utf-8", xml_declaration=True)

    def _text(self, name: str) -> str:
        path = Path(self.outdir, name)
        return path.read_text(encoding="utf-8") if path.suffix == self.out_suffix else ""

    def build_epub(self) -> None:
        """Write the file, dated as the book is."""
        names = ["mimetype", "META-INF/container.xml", "content.opf", "toc.ncx", *self.files]
        entries = {
            name: Entry(Path(self.outdir, name).read_bytes(), stored=name == "mimetype")
            for name in names
        }
        file = Path(self.outdir, f"{self.book.file}.epub")
        file.write_bytes(packed(entries, self.book.date))
        wholebook.note(self)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.add_builder(EBook)
    app.connect("config-inited", lambda app, config: unfolded.as_html(config, EBook.name))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
