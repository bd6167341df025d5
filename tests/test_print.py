"""The whole book as PDF and as EPUB, made from the executed notebooks of the built book."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import books
import pytest
import yaml
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"
TITLE = "A study rebuilt from its abstract"
NAME = "a-study-rebuilt-from-its-abstract"


def _make(root: Path, tool: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `make pdf` or `make epub` runs."""
    settings = {
        **{k: v for k, v in os.environ.items() if k not in ("COHORT", "SOURCE_DATE_EPOCH")},
        "PYTHONPATH": str(root / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        **environment,
    }
    return subprocess.run(
        [sys.executable, str(root / "book" / "_tools" / f"{tool}.py"), str(root)],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=330,
    )


@dataclass(frozen=True)
class Made:
    """A file of the whole book, and what making it said."""

    file: Path
    said: str


def _whole(shipped: books.Built, tool: str, kind: str) -> Made:
    assert shipped.code == 0, shipped.said
    root = shipped.folder.parents[1]
    done = _make(root, tool, SOURCE_DATE_EPOCH=str(books.EPOCH))
    assert done.returncode == 0, done.stdout
    return Made(root / "_build" / kind / f"{NAME}.{kind}", done.stdout)


def _chapters() -> list[str]:
    """Names of all pages in reading order."""
    toc = yaml.safe_load((books.ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(name.removesuffix(".ipynb") for name in files)]


def _title(name: str) -> str:
    text = (books.ROOT / f"{name}.md").read_text(encoding="utf-8")
    return re.search(r"^# (.*)$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]


def _sections(name: str) -> list[str]:
    """The headings of a page's sections, where they are plain words."""
    text = (books.ROOT / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [words for words in re.findall(r"^## (.*)$", text, re.MULTILINE) if words.isascii()]


class TestThePDF:
    @pytest.fixture(scope="class")
    def made(self, shipped: books.Built, browser: Browser) -> Made:
        return _whole(shipped, "pdf", "pdf")

    @pytest.fixture(scope="class")
    def pdf(self, made: Made) -> PdfReader:
        return PdfReader(made.file)

    @pytest.fixture(scope="class")
    def pages(self, pdf: PdfReader) -> list[str]:
        return [page.extract_text() for page in pdf.pages]

    def test_no_notebook_was_executed_again(self, made: Made):
        assert "executing" not in made.said, made.said
        assert made.said.rstrip().endswith(f"Open {made.file}")

    def test_the_book_is_there_on_a4(self, pdf: PdfReader, pages: list[str]):
        assert len(pages) > 100
        assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in pdf.pages} == {
            (595, 842)
        }
        assert TITLE in " ".join(pages[0].split())
        assert "No row of it is a patient." in " ".join(pages[0].split())

    def test_the_pages_are_numbered(self, pages: list[str]):
        lost = [n for n, text in enumerate(pages[1:], 2) if str(n) not in text.split()]
        assert not lost, f"pages without their number: {lost}"

    def test_the_outline_has_every_chapter_and_its_sections_in_order(self, pdf: PdfReader):
        chapters: list[tuple[str, list[str]]] = []
        for entry in pdf.outline:
            if isinstance(entry, Destination):
                chapters.append((str(entry.title), []))
            else:
                titles = [str(below.title) for below in entry if isinstance(below, Destination)]
                chapters[-1][1].extend(titles)
        assert [title for title, _ in chapters] == ["Contents", *map(_title, _chapters())]
        for name, (_, sections) in zip(_chapters(), chapters[1:], strict=True):
            assert [s for s in _sections(name) if s not in sections] == [], name

    def test_the_contents_tell_the_pages_on_which_chapters_begin(
        self, pdf: PdfReader, pages: list[str]
    ):
        contents = " ".join(" ".join(pages[1:4]).split())
        entries = [entry for entry in pdf.outline if isinstance(entry, Destination)][1:]
        for entry in entries:
            number = (pdf.get_destination_page_number(entry) or 0) + 1
            assert f"{entry.title} {number}" in contents, f"{entry.title} begins on {number}"

    def test_every_link_in_the_book_leads_to_a_page(self, pdf: PdfReader):
        inside, outside, dead = 0, set(), []
        places = {str(name) for name in pdf.named_destinations}
        for number, page in enumerate(pdf.pages, 1):
            for note in page.get("/Annots") or ():
                link = note.get_object()
                if "/Dest" in link:
                    inside += 1
                    if str(link["/Dest"]) not in places:
                        dead.append((number, str(link["/Dest"])))
                elif "/A" in link:
                    outside.add(str(link["/A"].get("/URI")))
        assert not dead
        assert inside > 300
        wrong = [uri for uri in outside if not uri.startswith(("https://", "http://"))]
        assert not wrong
        assert not [uri for uri in outside if "book.invalid" in uri or "127.0.0.1" in uri]

    def test_mathematics_are_set_and_nothing_went_wrong(self, pages: list[str]):
        whole = "\n".join(pages)
        for sign in (r"\frac", r"\left", "$$", r"\hat", "Traceback", "{glue}", "Show code cell"):
            assert sign not in whole, sign
        assert "∏" in whole or "∑" in whole  # of the formulas

    def test_what_is_folded_on_a_screen_is_open(self, pages: list[str]):
        whole = re.sub(r"\s+", "", "".join(pages))
        for name in _chapters():
            if not name.startswith("notebooks/"):
                continue
            text = (books.ROOT / f"{name}.md").read_text(encoding="utf-8")
            hidden = re.findall(r"```\{code-cell\} ipython3\n---\ntags: \[hide-input\].*?\n---\n(.*?)```", text, re.DOTALL)
            solved = re.findall(r"```\{solution-start\}.*?```\{code-cell\} ipython3\n(.*?)```", text, re.DOTALL)
            for code in hidden + solved:
                line = re.sub(r"\s+", "", code.strip().splitlines()[-1])
                assert line in whole, f"{name}: {line}"

    def test_fonts_are_embedded_and_figures_are_drawn(self, pdf: PdfReader):
        missing = set()
        for page in pdf.pages:
            for font in page["/Resources"].get("/Font", {}).values():
                font = font.get_object()
                below = font.get("/DescendantFonts")
                of = below[0].get_object() if below else font
                if font["/Subtype"] != "/Type3" and not any(
                    key.startswith("/FontFile") for key in of["/FontDescriptor"].get_object()
                ):
                    missing.add(str(font["/BaseFont"]))
        assert not missing
        captions = len(re.findall(r"\bFig\. \d+ ", "\n".join(p.extract_text() for p in pdf.pages)))
        assert captions > 10

    def test_it_says_what_it_is(self, pdf: PdfReader):
        about = pdf.metadata
        assert about is not None
        assert about.title == TITLE
        assert about.author
        assert about.subject
        assert about.creation_date.timestamp() == books.EPOCH  # type: ignore[union-attr]
        root = pdf.trailer["/Root"]
        assert root["/Lang"] == "en"
        assert root["/MarkInfo"]["/Marked"]

    def test_no_code_runs_over_the_edge(self, pdf: PdfReader):
        """The right margin stays white: no glyph begins in it."""
        over = []
        for number, page in enumerate(pdf.pages, 1):

            def visit(text, _, matrix, *__, number=number):
                # Chromium turns the page upside down and scales it; matrix[4] is then in points.
                if text.strip() and matrix[4] * 0.75 > 595:
                    over.append((number, text[:40]))

            page.extract_text(visitor_text=visit)
        assert not over
