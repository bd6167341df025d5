"""The whole book as PDF and as EPUB, made from the executed notebooks of the built book."""

from __future__ import annotations

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
import site_under_test
import yaml
from playwright.sync_api import Browser
from pypdf import PdfReader
from pypdf.generic import Destination

XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"
TITLE = "A study rebuilt from its abstract"
PRINTED_WIDTH = 643
"""Of A4 less its margins, in CSS pixels."""
TOO_WIDE = """() => [...document.querySelectorAll("pre, table, img, mjx-container, p, li")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => `${e.closest("article")?.id}: ${e.tagName} ${e.textContent.slice(0, 60)}`)"""
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
            hidden = re.findall(
                r"```\{code-cell\} ipython3\n---\ntags: \[hide-input\].*?\n---\n(.*?)```",
                text,
                re.DOTALL,
            )
            solved = re.findall(
                r"```\{solution-start\}.*?```\{code-cell\} ipython3\n(.*?)```", text, re.DOTALL
            )
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

    def test_nothing_is_wider_than_the_paper(self, made: Made, browser: Browser):
        with site_under_test.serve(made.file.parents[1] / "onepage") as address:
            page = browser.new_page(viewport={"width": PRINTED_WIDTH, "height": 900})
            page.emulate_media(media="print")
            page.goto(f"{address}index.html")
            page.wait_for_function("window.MathJax?.startup?.promise")
            page.evaluate("() => MathJax.startup.promise")
            wide = page.evaluate(TOO_WIDE)
            page.close()
        assert not wide


class TestTheEPUB:
    @pytest.fixture(scope="class")
    def made(self, shipped: books.Built) -> Made:
        return _whole(shipped, "ebook", "epub")

    @pytest.fixture(scope="class")
    def files(self, made: Made) -> dict[str, bytes]:
        with zipfile.ZipFile(made.file) as epub:
            assert epub.testzip() is None
            return {name: epub.read(name) for name in epub.namelist()}

    @pytest.fixture(scope="class")
    def pages(self, files: dict[str, bytes]) -> dict[str, ET.Element]:
        return {
            name: ET.fromstring(content)
            for name, content in files.items()
            if name.endswith(".xhtml")
        }

    @pytest.fixture(scope="class")
    def package(self, files: dict[str, bytes]) -> ET.Element:
        return ET.fromstring(files["content.opf"])

    def test_no_notebook_was_executed_again(self, made: Made):
        assert "executing" not in made.said, made.said
        assert made.said.rstrip().endswith(f"Open {made.file}")

    def test_its_first_file_tells_what_it_is(self, made: Made):
        with zipfile.ZipFile(made.file) as epub:
            first = epub.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert made.file.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"

    def test_every_file_of_the_list_is_there_and_no_other(
        self, files: dict[str, bytes], package: ET.Element
    ):
        listed = {unquote(item.get("href", "")) for item in package.iter(f"{OPF}item")}
        apart = {"mimetype", "META-INF/container.xml", "content.opf"}
        assert listed == set(files) - apart
        ids = [item.get("id") for item in package.iter(f"{OPF}item")]
        assert len(ids) == len(set(ids))
        assert {ref.get("idref") for ref in package.iter(f"{OPF}itemref")} <= set(ids)

    def test_pages_stand_in_reading_order(self, package: ET.Element):
        names = {item.get("id"): item.get("href") for item in package.iter(f"{OPF}item")}
        spine = [names[ref.get("idref")] for ref in package.iter(f"{OPF}itemref")]
        expected = ["title-page.xhtml", *(f"{name}.xhtml" for name in _chapters())]
        assert spine[: len(expected)] == expected

    def test_the_contents_name_every_chapter_and_its_sections(self, pages: dict[str, ET.Element]):
        links = {
            link.get("href"): "".join(link.itertext()).strip()
            for link in pages["nav.xhtml"].iter(f"{XHTML}a")
        }
        for name in _chapters():
            assert links[f"{name}.xhtml"] == _title(name)
            sections = [text for href, text in links.items() if href.startswith(f"{name}.xhtml#")]
            assert [s for s in _sections(name) if s not in sections] == [], name

    def test_every_link_and_picture_is_there(
        self, files: dict[str, bytes], pages: dict[str, ET.Element]
    ):
        names = {
            name: {e.get("id") for e in page.iter() if e.get("id")} for name, page in pages.items()
        }
        dead, inside = [], 0
        for name, page in pages.items():
            for element in page.iter():
                for key in ("href", "src"):
                    address = element.get(key)
                    if address is None or address.startswith("data:image/"):
                        continue
                    parts = urlsplit(address)
                    if parts.scheme:
                        if element.tag != f"{XHTML}a":
                            dead.append(f"{name}: {address} is elsewhere")
                        continue
                    inside += 1
                    target = (
                        normpath(join(dirname(name), unquote(parts.path))) if parts.path else name
                    )
                    if target not in files or (
                        parts.fragment and parts.fragment not in names[target]
                    ):
                        dead.append(f"{name}: {address}")
        assert not dead
        assert inside > 300

    def test_no_address_stands_twice_on_a_page(self, pages: dict[str, ET.Element]):
        for name, page in pages.items():
            ids = [element.get("id") for element in page.iter() if element.get("id")]
            assert len(ids) == len(set(ids)), name

    def test_mathematics_are_mathml(self, pages: dict[str, ET.Element], package: ET.Element):
        formulas = {name: list(page.iter(f"{MATHML}math")) for name, page in pages.items()}
        assert sum(map(len, formulas.values())) > 50
        for name, found in formulas.items():
            for formula in found:
                assert formula.get("alttext"), name
                assert "\\" not in "".join(formula.itertext()), name
        told = {
            item.get("href")
            for item in package.iter(f"{OPF}item")
            if item.get("properties") == "mathml"
        }
        assert told == {name for name, found in formulas.items() if found}
        for name, page in pages.items():
            for element in page.iter():
                words = (element.text or "") + (element.tail or "")
                assert "\\(" not in words, f"{name}: a formula was left as LaTeX"

    def test_figures_keep_their_words(self, pages: dict[str, ET.Element]):
        images = [
            (name, image) for name, page in pages.items() for image in page.iter(f"{XHTML}img")
        ]
        assert len(images) > 15
        assert not [name for name, image in images if len(image.get("alt") or "") < 30]

    def test_nothing_is_folded_and_nothing_can_be_pressed(self, pages: dict[str, ET.Element]):
        for name, page in pages.items():
            for element in page.iter():
                tag = str(element.tag).removeprefix(XHTML)
                assert tag not in ("script", "button", "form", "iframe"), name
                assert tag != "details" or element.get("open") is not None, name
                assert not [key for key in element.attrib if key.startswith("on")], name

    def test_every_chapter_says_that_the_cohort_is_synthetic(self, pages: dict[str, ET.Element]):
        for name in _chapters():
            text = " ".join("".join(pages[f"{name}.xhtml"].itertext()).split())
            assert "No row of it is a patient." in text, name

    def test_it_says_what_it_is(self, package: ET.Element, pages: dict[str, ET.Element]):
        about = {
            str(e.tag).partition("}")[2]: e.text for e in package.iter() if "dc/" in str(e.tag)
        }
        assert about["title"].startswith(TITLE)
        assert about["language"] == "en"
        assert "CC BY 4.0" in about["rights"]
        assert about["identifier"] == f"oligometastatic-cervical-cancer-{NAME}"
        assert about["date"].startswith("2023-11-14T22:13:20")  # books.EPOCH
        languages = {page.get("lang") for page in pages.values()}
        assert languages == {"en"}

    def test_the_same_book_gives_the_same_bytes(self, made: Made, shipped: books.Built):
        first = made.file.read_bytes()
        assert _whole(shipped, "ebook", "epub").file.read_bytes() == first


class TestTheLinks:
    """`{whole-book}`: links to what is there and up to date."""

    @pytest.fixture
    def book(self, tiny_book: books.Book) -> books.Book:
        shutil.copytree(books.ROOT / "book" / "_tools", tiny_book.root / "book" / "_tools")
        shutil.copy(books.ROOT / "CITATION.cff", tiny_book.root)
        with (tiny_book.root / "book" / "index.md").open("a") as page:
            page.write("\n```{whole-book}\n```\n")
        return tiny_book

    def test_an_epub_is_linked_while_it_is_what_the_pages_are(self, book: books.Book):
        link = f'href="../whole-book/{NAME}.epub"'
        before = book.build()
        assert before.code == 0, before.said
        assert "whole-book" not in before.page("book/index")

        done = _make(book.root, "ebook")
        assert done.returncode == 0, done.stdout
        linked = book.build()
        assert linked.code == 0, linked.said
        assert linked.executed == set()
        assert link in linked.page("book/index")
        copied = linked.folder / "whole-book" / f"{NAME}.epub"
        assert copied.read_bytes() == (book.root / f"_build/epub/{NAME}.epub").read_bytes()

        book.edit("book/words.md", "A rate.", "A rate, not a probability.")
        after = book.build()
        assert after.code == 0, after.said
        assert "whole-book" not in after.page("book/index"), "an outdated EPUB is linked"
        assert not copied.exists()

    def test_the_pages_are_as_before_when_the_epub_is_gone(self, book: books.Book):
        before = book.build().page("book/index")
        assert _make(book.root, "ebook").returncode == 0
        assert book.build().page("book/index") != before
        shutil.rmtree(book.root / "_build" / "epub")
        assert book.build().page("book/index") == before

    def test_a_formula_that_has_no_mathml_is_told(self, book: books.Book):
        with (book.root / "book" / "index.md").open("a") as page:
            page.write("\n$\\nosuchcommand{x}$\n")
        done = _make(book.root, "ebook")
        assert done.returncode == 1
        assert "no MathML" in done.stdout
        assert not (book.root / "_build" / "epub").exists()


class TestBadInput:
    def test_no_chromium_is_told_in_one_sentence(self, tmp_path: Path):
        done = _make_here("pdf", tmp_path, CHROMIUM=str(tmp_path / "none"))
        assert done.returncode == 2
        assert done.stdout.count("\n") == 1
        assert done.stdout.startswith("no Chromium")

    def test_what_is_not_a_chromium_is_told_before_the_book_is_built(self, tmp_path: Path):
        false = tmp_path / "chromium"
        false.write_text("#!/bin/sh\nexit 1\n")
        false.chmod(0o755)
        done = _make_here("pdf", tmp_path, CHROMIUM=str(false))
        assert done.returncode == 2, done.stdout
        assert done.stdout.count("\n") == 1, done.stdout
        assert str(false) in done.stdout
        assert not list(tmp_path.glob("_build"))

    @pytest.mark.parametrize("target", ["pdf", "epub"])
    def test_a_cohort_that_is_not_there_is_told(self, target: str):
        makefile = (books.ROOT / "Makefile").read_text(encoding="utf-8")
        assert f"\n{target}: $(READY)" in makefile
        done = subprocess.run(
            [
                "make",
                target,
                "COHORT=no/such/folder",
                f"BIN={Path(sys.executable).parent}",
                "READY=",
            ],
            cwd=books.ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2
        assert done.stderr.splitlines()[0] == "COHORT=no/such/folder: no such folder"


def _make_here(tool: str, output: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tool of this book, writing elsewhere."""
    return subprocess.run(
        [sys.executable, str(books.ROOT / "book" / "_tools" / f"{tool}.py"), str(output)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
