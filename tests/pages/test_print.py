"""The whole book as PDF, printed from the executed notebooks of the built book."""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

import books
import page_words
import pytest
import site_under_test
import whole_book
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from pypdf.generic import Destination

PRINTED_WIDTH = 643
"""Of A4 less its margins, in CSS pixels."""
TOO_WIDE = """() => [...document.querySelectorAll("pre, table, img, mjx-container, p, li")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => `${e.closest("article")?.id}: ${e.tagName} ${e.textContent.slice(0, 60)}`)"""


def letters(text: str) -> str:
    """The letters and digits of a text, as they stand one after the other."""
    return re.sub(r"[\W_]+", "", normalize("NFKC", text))


def stands(block: str, whole: str) -> bool:
    """Whether a paragraph is there, in one piece or in two: pypdf reads the end of a few elsewhere."""
    if block in whole:
        return True
    first = bisect_left(range(1, len(block)), True, key=lambda end: block[:end] not in whole)
    rest, at = block[first:], whole.find(block[:first]) + first
    # There it would have lost some letters, or got some.
    near = whole[max(at - 8, 0) : at + len(rest) + 8]
    return first > len(block) / 3 and rest in whole and rest not in near


@pytest.fixture(scope="module")
def made(shipped: books.Built, browser: Browser) -> whole_book.Made:
    return whole_book.whole(shipped, "pdf", "pdf")


@pytest.fixture(scope="module")
def pdf(made: whole_book.Made) -> PdfReader:
    return PdfReader(made.file)


@pytest.fixture(scope="module")
def pages(pdf: PdfReader) -> list[str]:
    return [page.extract_text() for page in pdf.pages]


@pytest.mark.full
class TestThePDF:
    def test_no_notebook_was_executed_again(self, made: whole_book.Made):
        assert "executing" not in made.said, made.said
        assert made.said.rstrip().endswith(f"Open {made.file}")

    def test_the_book_is_there_on_a4(self, pdf: PdfReader, pages: list[str]):
        assert len(pages) > 100
        assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in pdf.pages} == {
            (595, 842)
        }
        assert whole_book.TITLE in " ".join(pages[0].split())
        cover = normalize("NFKC", " ".join(pages[0].split()))
        for words in ("No row is a real patient", "Version ", "CC BY 4.0", "How to cite it."):
            assert words in cover
        assert "14 November 2023" in cover  # books.EPOCH

    def test_it_is_light_enough_to_be_sent(self, made: whole_book.Made):
        assert made.file.stat().st_size < 15_000_000

    def test_the_contents_leave_out_headings_that_repeat(self, pdf: PdfReader, pages: list[str]):
        entries = [entry for entry in pdf.outline if isinstance(entry, Destination)]
        first = pdf.get_destination_page_number(entries[1]) or 0
        contents = " ".join(" ".join(pages[:first]).split())
        for heading in ("Check yourself", "Exercises", "Further reading", "Where to go next"):
            assert f" {heading} " not in contents, heading

    def test_solutions_stand_at_the_end_and_are_linked_to_and_fro(
        self, pdf: PdfReader, pages: list[str]
    ):
        entries = [entry for entry in pdf.outline if isinstance(entry, Destination)]
        last = pdf.get_destination_page_number(entries[-1]) or 0
        led: dict[bool, int] = {True: 0, False: 0}
        places = pdf.named_destinations  # which pypdf reads anew at each access
        for number, page in enumerate(pdf.pages):
            for note in page.get("/Annots") or ():
                name = str(note.get_object().get("/Dest", ""))
                place = places.get(name)
                if place is not None and ("--sol-" in name or "--ex-" in name):
                    target = pdf.get_destination_page_number(place) or 0
                    if "--sol-" in name:
                        assert number < last <= target, name
                        led[True] += 1
                    elif number >= last:
                        assert target < last, name
                        led[False] += 1
        assert led[True] == led[False] > 90

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
        assert [title for title, _ in chapters] == [
            "Contents",
            *map(whole_book.title, whole_book.chapters()),
            "Solutions to the exercises",
        ]
        for name, (_, sections) in zip(whole_book.chapters(), chapters[1:-1], strict=True):
            assert [s for s in whole_book.sections(name) if s not in sections] == [], name

    def test_the_contents_tell_the_pages_on_which_chapters_begin(
        self, pdf: PdfReader, pages: list[str]
    ):
        # The font has a sign of its own for "fi", which is two letters again here.
        entries = [entry for entry in pdf.outline if isinstance(entry, Destination)][1:]
        first = pdf.get_destination_page_number(entries[0]) or 0
        contents = normalize("NFKC", " ".join(" ".join(pages[1:first]).split()))
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
        for name in whole_book.chapters():
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

    def test_every_sentence_of_the_pages_stands_in_it_with_the_same_numbers(
        self, pages: list[str], shipped: books.Built
    ):
        whole = letters("".join(re.sub(r"\A\d+\n", "", page) for page in pages))
        for name in whole_book.chapters():
            if not name.startswith("notebooks/"):
                continue
            blocks = page_words.prose(shipped.page(name))
            assert len(blocks) > page_words.FEWEST
            missing = [block for block in blocks if not stands(letters(block), whole)]
            assert not missing, (name, missing)

    def test_fonts_are_embedded_and_figures_are_drawn(self, pdf: PdfReader, pages: list[str]):
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
        assert len(re.findall(r"\bFig\. \d+\.\d+ ", "\n".join(pages))) > 10

    def test_it_says_what_it_is(self, pdf: PdfReader):
        about = pdf.metadata
        assert about is not None
        assert about.title == whole_book.TITLE
        assert about.author
        assert about.subject
        assert about.creation_date.timestamp() == books.EPOCH  # type: ignore[union-attr]
        root = pdf.trailer["/Root"]
        assert root["/Lang"] == "en"
        assert root["/MarkInfo"]["/Marked"]

    def test_the_same_book_gives_the_same_bytes(self, made: whole_book.Made, shipped: books.Built):
        first = made.file.read_bytes()
        assert whole_book.whole(shipped, "pdf", "pdf").file.read_bytes() == first

    def test_nothing_is_wider_than_the_paper(self, made: whole_book.Made, browser: Browser):
        with site_under_test.serve(made.file.parents[1] / "onepage") as address:
            page = browser.new_page(viewport={"width": PRINTED_WIDTH, "height": 900})
            page.emulate_media(media="print")
            page.goto(f"{address}index.html")
            page.wait_for_function("window.MathJax?.startup?.promise")
            page.evaluate("() => MathJax.startup.promise")
            wide = page.evaluate(TOO_WIDE)
            page.close()
        assert not wide


class TestAChapterPrintedFromTheBrowser:
    @pytest.fixture(scope="class")
    @classmethod
    def tab(cls, site: str, browser: Browser) -> Iterator[Page]:
        page = browser.new_page(viewport={"width": PRINTED_WIDTH, "height": 900})
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.wait_for_function("document.querySelector('mjx-container')")
        yield page
        page.close()

    @pytest.fixture
    def chapter(self, tab: Page) -> Page:
        tab.emulate_media(media="print", color_scheme="dark")
        return tab

    def test_there_is_nothing_to_press(self, chapter: Page):
        for part in (
            ".bd-sidebar-primary",
            ".bd-header-article",
            ".prev-next-footer",
            ".copybtn",
            ".downloads",
        ):
            places = chapter.locator(part)
            assert places.count(), f"{part} is not on the page: this test looks for the wrong thing"
            assert not [n for n in range(places.count()) if places.nth(n).is_visible()], part

    def test_it_says_what_it_is_and_how_to_cite_it(self, chapter: Page):
        head = chapter.locator(".book-on-paper")
        assert head.is_visible()
        words = " ".join(head.inner_text().split())
        assert words.startswith(f"{whole_book.TITLE}, version ")
        assert "Cite as: The authors of this book" in words
        contents = chapter.locator("#jb-print-toc")
        assert contents.count() == 1
        assert not contents.is_visible()
        chapter.emulate_media(media="screen")
        assert not head.is_visible()

    def test_every_sheet_names_book_and_page(self, chapter: Page):
        title = whole_book.title(f"notebooks/{books.chapter('overall-survival')}")
        sheets = PdfReader(io.BytesIO(chapter.pdf(prefer_css_page_size=True))).pages
        assert len(sheets) > 5
        for sheet in sheets:
            words = " ".join(sheet.extract_text().split())
            assert whole_book.TITLE in words
            assert title in words

    def test_the_menu_calls_it_printing(self, chapter: Page):
        entry = chapter.locator('[onclick*="window.print"]')
        assert entry.count() == 1
        assert entry.text_content().strip() == "Print this page"  # type: ignore[union-attr]

    def test_what_is_folded_is_open(self, chapter: Page):
        folded = chapter.locator(
            ":is(details pre, details table, .admonition.dropdown pre):not(footer *, .page-about *)"
        )  # the foot is not printed
        assert folded.count() > 5
        shut = folded.evaluate_all(
            "all => all.filter(e => !e.checkVisibility({visibilityProperty: true}) "
            "|| e.getBoundingClientRect().height < 5).map(e => e.textContent.slice(0, 60))"
        )
        assert not shut

    def test_it_is_light_and_not_wider_than_the_paper(self, chapter: Page):
        assert not chapter.evaluate(TOO_WIDE)
        colours = chapter.evaluate(
            "['body', 'article p', 'article h2'].map(e => getComputedStyle("
            "document.querySelector(e))).map(s => [s.backgroundColor, s.color])"
        )
        assert colours[0][0] == "rgb(255, 255, 255)"
        assert {colour for _, colour in colours} == {"rgb(0, 0, 0)"}


class TestBadInput:
    def test_no_chromium_is_told_in_one_sentence(self, tmp_path: Path):
        done = whole_book.make_here("pdf", tmp_path, CHROMIUM=str(tmp_path / "none"))
        assert done.returncode == 2
        assert done.stdout.count("\n") == 1
        assert done.stdout == f"CHROMIUM={tmp_path / 'none'}: no such program\n"
        done = whole_book.make_here("pdf", tmp_path, CHROMIUM="", PATH=str(tmp_path))
        assert done.returncode == 2
        assert done.stdout.count("\n") == 1
        assert done.stdout.startswith("no Chromium on the path")

    def test_what_is_not_a_chromium_is_told_before_the_book_is_built(self, tmp_path: Path):
        false = tmp_path / "chromium"
        false.write_text("#!/bin/sh\nexit 1\n")
        false.chmod(0o755)
        done = whole_book.make_here("pdf", tmp_path, CHROMIUM=str(false))
        assert done.returncode == 2, done.stdout
        assert done.stdout.count("\n") == 1, done.stdout
        assert str(false) in done.stdout
        assert not list(tmp_path.glob("_build"))
