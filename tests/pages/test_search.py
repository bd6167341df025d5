"""The search finds sections by what readers type, slips and abbreviations too, from disk as from a server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import books
import pytest
from docutils import nodes
from playwright.sync_api import Browser, Page
from report import sections

GLOSSARY = "book/glossary.html"
FIELD = ".bd-search-container input"


def _chapter(name: str, anchor: str = "") -> str:
    return f"notebooks/{books.chapter(name)}.html{anchor}"


# What a reader types, and one of the first sections that he should see.
ASKED = {
    "log rank": _chapter("overall-survival", "#the-log-rank-test"),
    "log-rank": _chapter("overall-survival", "#the-log-rank-test"),
    "logrank": _chapter("overall-survival", "#the-log-rank-test"),
    "number at risk": f"{GLOSSARY}#term-at-risk",
    "at risk": f"{GLOSSARY}#term-at-risk",
    "kaplan meier": f"{GLOSSARY}#term-KaplanMeier-estimator",
    "kaplan meyer": f"{GLOSSARY}#term-KaplanMeier-estimator",
    "Kaplan–Méier": f"{GLOSSARY}#term-KaplanMeier-estimator",
    "hazard ratio": f"{GLOSSARY}#term-hazard-ratio",
    "HR": f"{GLOSSARY}#term-hazard-ratio",
    "hazrad ratio": f"{GLOSSARY}#term-hazard-ratio",
    "OS": _chapter("overall-survival"),
    "RMST": f"{GLOSSARY}#term-restricted-mean-survival-time",
    "cutoff": _chapter("the-cut-point"),
    "doubling time": _chapter("tumour-growth", "#doubling-time-one-lesion-two-scans"),
    "tumor growth": _chapter("tumour-growth"),
    "competing": _chapter("competing-events"),
    "compet": _chapter("competing-events"),
    "scorecrd": _chapter("scorecard"),
}


@pytest.fixture(scope="module", params=["server", "disk"])
def search(
    request: pytest.FixtureRequest, browser: Browser, site: str, shipped: books.Built
) -> Iterator[tuple[Page, str]]:
    """A tab, and the address of the search page without a question."""
    root = site if request.param == "server" else f"{shipped.folder.as_uri()}/"
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{root}search.html")
    yield page, root
    page.close()


def _ask(search: tuple[Page, str], words: str) -> list[str]:
    """The addresses of what is found for words that are typed, from the top of the site."""
    page, _ = search
    page.locator(FIELD).fill(words)
    return _found(search)


def _found(search: tuple[Page, str]) -> list[str]:
    page, root = search
    page.wait_for_selector("#search-results .search-summary")
    found = page.evaluate("[...document.querySelectorAll('#search-results li a')].map(a => a.href)")
    assert all(address.startswith(root) for address in found)
    return [address.removeprefix(root) for address in found]


@pytest.mark.parametrize("words", ASKED)
def test_search_finds_what_a_reader_types(search: tuple[Page, str], words: str):
    found = _ask(search, words)
    assert ASKED[words] in found[:6], found[:6]


def test_what_was_read_is_said(search: tuple[Page, str]):
    page, _ = search
    _ask(search, "kaplan meyer")
    assert "Searched for “kaplan meier” instead." in page.inner_text(".search-summary")
    _ask(search, "HR")
    assert "Read hr as hazard ratio." in page.inner_text(".search-summary")


def test_nothing_found_leads_on(search: tuple[Page, str]):
    page, _ = search
    assert _ask(search, "qqqq zzzz") == []
    said = page.inner_text("#search-results")
    assert "Nothing was found for “qqqq zzzz”." in said
    for name in ("book/glossary.html", "genindex.html"):
        assert page.locator(f"#search-results a[href$='{name}']").count(), name
    assert "categories" not in said
    assert _ask(search, "hazzzzzards rattttttios") == []
    assert "Terms that look like it: " in page.inner_text("#search-results")
    assert page.locator(f"#search-results a[href='{GLOSSARY}#term-hazard-ratio']").count()


def test_what_stands_in_the_address_is_asked(search: tuple[Page, str]):
    page, root = search
    page.goto(f"{root}search.html?q=hazrad+ratio")
    assert page.locator(FIELD).input_value() == "hazrad ratio"
    assert ASKED["hazrad ratio"] in _found(search)[:6]
    assert _ask(search, "Firth")
    assert page.url.endswith("q=Firth"), "the address is that of what was typed"


def test_an_empty_question_gets_examples(search: tuple[Page, str]):
    page, root = search
    assert _ask(search, "") == []
    page.get_by_role("link", name="log-rank test").click()
    page.wait_for_selector("#search-results li")
    assert page.url.startswith(root)


def test_every_section_that_is_found_is_there(shipped: books.Built):
    script = (shipped.folder / "_static" / "sections.js").read_text(encoding="utf-8")
    told = json.loads(script.removeprefix("window.bookSections = ").removesuffix(";\n"))
    assert len(told["pages"]) > 25
    for address, title, found in told["pages"]:
        page = (shipped.folder / address).read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]*)"', page))
        assert {anchor for anchor, _, _ in found} <= ids, address
        assert all(heading for _, heading, _ in found), f"{title}: a section without a heading"
        words = " ".join(text for _, _, text in found)
        for furniture in ("Show the code", "import numpy", "from lifelines", "No row is", "{term}"):
            assert furniture not in words, f"{address}: {furniture}"


def test_no_solution_is_in_an_excerpt(shipped: books.Built):
    script = (shipped.folder / "_static" / "sections.js").read_text(encoding="utf-8")
    assert "#sol-" not in script
    assert '["ex-os-by-hand","Exercise: By pencil"' in script
    assert '"sol-' not in script


def test_words_are_those_of_sentences():
    document = nodes.document(None, None)
    section = nodes.section(ids=["a"])
    section += nodes.title("", "Head")
    paragraph = nodes.paragraph()
    paragraph += [
        nodes.Text("One "),
        nodes.emphasis("", "two"),
        nodes.math("", "x^2"),
        nodes.Text("."),
    ]
    section += paragraph
    section += nodes.literal_block("", "import code")
    cell = nodes.container(classes=["cell_output"])
    cell += nodes.paragraph("", "printed")
    section += cell
    inner = nodes.section(ids=["b"])
    inner += nodes.title("", "Inner")
    inner += nodes.paragraph("", "Three.")
    section += inner
    document += section
    assert sections.entries(document) == [("a", "Head", "One two."), ("b", "Inner", "Three.")]


def test_initials_of_terms_are_their_abbreviations():
    found = sections.abbreviations(["hazard ratio", "Kaplan–Meier estimator", "hazard"])
    assert found["hr"] == ["hazard ratio"]
    assert found["km"] == found["kme"] == ["Kaplan–Meier estimator"]
    assert found["tumor"] == ["tumour"]
    assert "h" not in found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_of_the_search_leaves_the_first_letter_free(
    browser: Browser, site: str, scheme: str
):
    """In the dialog and on the page of results."""
    page = browser.new_page(color_scheme=scheme)
    for name, form in (("book/index", "#pst-search-dialog"), ("search", ".bd-search-container")):
        page.goto(f"{site}{name}.html")
        if name == "book/index":
            page.keyboard.press("Control+k")
        icon = page.locator(f"{form} form .fa-magnifying-glass").bounding_box()
        field = page.locator(f"{form} input")
        inset = field.evaluate("e => parseFloat(getComputedStyle(e).paddingLeft)")
        assert field.bounding_box()["x"] + inset >= icon["x"] + icon["width"], form
    page.close()


@pytest.mark.parametrize("name", ["search", "book/glossary", "book/index"])
def test_the_index_is_linked(shipped: books.Built, name: str):
    page = shipped.soup(name)
    (link,) = page.select("nav.book-index a")
    assert link["href"].endswith("genindex.html")


def test_the_letters_of_the_glossary_lead_to_the_first_of_their_terms(shipped: books.Built):
    page = shipped.soup("book/glossary")
    links = page.select(".book-letters a")
    letters = [link.get_text() for link in links]
    assert letters == sorted(letters)
    assert len(letters) > 15
    terms = page.select("dl.glossary dd + dt, dl.glossary > dt:first-child")
    for link in links:
        first = next(term for term in terms if term.get_text()[0].upper() == link.get_text())
        assert link["href"] == f"#{first['id']}"
