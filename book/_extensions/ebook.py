"""The builder `ebook`: the whole book as an EPUB 3, which `make epub` calls.

Sphinx's own `epub` builder is what it is made from. That one knows no node that an extension
registered for HTML once another has registered one for `epub`; it takes a notebook's output for XML;
it does not tell an e-reader where mathematics stand; and its file carries the time of the build.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from posixpath import normpath
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import about
import mathml
import unfolded
import wholebook
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from helpers import notice, published

_COVER = "_static/cover.svg"
_STYLES = "ebook.css"
_OPF = "http://www.idpf.org/2007/opf"
_DC = "http://purl.org/dc/elements/1.1/"


class EBook(Epub3Builder):
    """The whole book as an EPUB."""

    name = "ebook"
    epilog = "The EPUB is in %(outdir)s."
    math_renderer_name = mathml.RENDERER

    def init(self) -> None:
        """Take the names and the metadata from the book."""
        self.book = about.book()
        mathml.register(self.app)
        for name, value in {
            "title": f"{self.book.title}: {self.book.subtitle}",
            "author": self.book.author,
            "contributor": self.book.author,
            "publisher": self.book.author,
            "copyright": self.book.licence,
            "description": f"{self._notice.lead} {self._notice.text}",
            "language": self.book.language,
            "uid": "book",
            "identifier": f"{published.load().study.name}:{self.book.file}",
            "basename": self.book.file,
            "cover": (_COVER, "epub-cover.html"),
            "tocscope": "includehidden",
            "tocdepth": 2,
            "tocdup": False,
            "show_urls": "no",
        }.items():
            setattr(self.config, f"epub_{name}", value)
        super().init()
        self.use_index = False

    @property
    def _notice(self) -> notice.Notice:
        return notice.of(self.app.book_cohort)  # type: ignore[attr-defined]

    def init_css_files(self) -> None:
        """Take one style sheet; those of the theme and of extensions are for screens."""
        self._css_files = []
        self.add_css_file(_STYLES)

    def init_js_files(self) -> None:
        """Take no scripts."""
        self._js_files = []

    def copy_static_files(self) -> None:
        """Copy what the pages name."""
        for name in (_COVER, f"_static/{_STYLES}"):
            target = Path(self.outdir, name)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(Path(self.srcdir, "book", name).read_bytes())

    def get_toc(self) -> None:
        """Name pages as the list of files does, although the cover is in a folder."""
        super().get_toc()
        for node in self.refnodes:
            page, mark, id = node["refuri"].partition("#")
            node["refuri"] = f"{normpath(page)}{mark}{id}"

    def handle_page(self, pagename: str, addctx: dict[str, Any], *args: Any, **named: Any) -> None:
        """Write a page: open, as XML, and in its language."""
        if "body" in addctx:
            addctx["body"] = unfolded.unfolded(addctx["body"])
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
            if name == _COVER:
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
        with ZipFile(Path(self.outdir, f"{self.book.file}.epub"), "w") as epub:
            names = ["mimetype", "META-INF/container.xml", "content.opf", "toc.ncx", *self.files]
            for name in names:
                entry = ZipInfo(name, self.book.date.timetuple()[:6])
                entry.compress_type = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                epub.writestr(entry, Path(self.outdir, name).read_bytes())
        state = self.config.whole_book_state
        Path(self.outdir, wholebook.STATE).write_text(state, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.setup_extension("wholebook")
    app.add_builder(EBook)
    app.connect("config-inited", lambda app, config: unfolded.as_html(config, EBook.name))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
