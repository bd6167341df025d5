"""Chapters are numbered as their files are; figures, tables and exercises by chapter; all can be linked."""

from __future__ import annotations

import re

import books
import pytest
from books import Book
from bs4 import BeautifulSoup, Tag

CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("[0-9]*.md"))
CAPTIONS = "article caption, article figcaption, article .admonition-title .caption-number"
NUMBER = re.compile(r"(Fig\.|Table|Exercise) (\d+)\.(\d+)\b")
TABLES = """```{code-cell} ipython3
from helpers import tables
import pandas as pd
tables.show(pd.DataFrame({'a': [1]}), caption='Two & three')
```

```{code-cell} ipython3
---
mystnb:
  table:
    name: tab-named
---
tables.show(pd.DataFrame({'a': [1]}), caption='Another')
```

```{code-cell} ipython3
tables.show(pd.DataFrame({'a': [1]}), caption='Two & three')
```

```{code-cell} ipython3
tables.show(pd.DataFrame({'a': [1]}))
```

See {numref}`tab-named`."""


def words(titled: Tag) -> str:
    """The text of a heading or caption without the sign that links to it."""
    return "".join(
        text for text in titled.find_all(string=True) if not text.find_parent(class_="headerlink")
    )


@pytest.fixture(scope="module")
def pages(shipped: books.Built) -> dict[str, BeautifulSoup]:
    return {stem: shipped.soup(f"notebooks/{stem}") for stem in CHAPTERS}


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_chapter_has_the_number_of_its_file(pages: dict[str, BeautifulSoup], stem: str):
    number = int(stem[:2])
    title = words(pages[stem].select_one("article h1"))
    assert title.startswith(f"{number}. ")
    assert pages[stem].title.get_text().startswith(title)
    sidebar = [link.get_text(strip=True) for link in pages[stem].select("nav.bd-links a")]
    assert title in sidebar
    assert [one for one in sidebar if re.match(r"\d", one)][number - 1] == title
    if number > 1:
        before = pages[CHAPTERS[number - 2]].select_one(".prev-next-footer .right-next")
        assert before.select_one(".prev-next-title").get_text() == title


def test_pages_before_and_after_the_chapters_have_none(pages: dict[str, BeautifulSoup]):
    sidebar = [link.get_text(strip=True) for link in pages[CHAPTERS[0]].select("nav.bd-links a")]
    numbered = [bool(re.match(r"\d+\. ", title)) for title in sidebar]
    assert sum(numbered) == len(CHAPTERS)
    first = numbered.index(True)
    assert first > 0
    assert all(numbered[first : first + len(CHAPTERS)])


@pytest.mark.parametrize("stem", CHAPTERS)
def test_figures_tables_and_exercises_are_numbered_by_chapter(
    pages: dict[str, BeautifulSoup], stem: str
):
    numbers: dict[str, list[int]] = {}
    for caption in pages[stem].select(CAPTIONS):
        found = NUMBER.match(caption.get_text().strip())
        assert found, f"without a number: {caption.get_text()}"
        assert int(found[2]) == int(stem[:2]), caption.get_text()
        numbers.setdefault(found[1], []).append(int(found[3]))
    assert {"Table", "Exercise"} <= set(numbers)
    for kind, those in numbers.items():
        assert those == list(range(1, len(those) + 1)), kind


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_table_with_a_caption_can_be_linked(pages: dict[str, BeautifulSoup], stem: str):
    captions = pages[stem].select("article caption")
    assert captions
    for caption in captions:
        link = caption.select_one("a.headerlink")
        target = pages[stem].find(id=link["href"][1:])
        assert caption in target.descendants
        label = words(caption).replace(" ", ": ", 2).replace(": ", " ", 1)
        assert target["aria-label"] == label


@pytest.mark.parametrize("stem", CHAPTERS)
def test_a_solution_says_which_exercise_it_solves(pages: dict[str, BeautifulSoup], stem: str):
    told, exercises = (
        [
            title.get_text().replace("’", "'")
            for title in pages[stem].select(f".{kind} > p:first-child")
        ]
        for kind in ("solution", "exercise")
    )
    assert len(told) == len(exercises) >= 3
    for title, exercise in zip(told, exercises, strict=True):
        assert title == f"Solution to {' '.join(exercise.split())}"
    assert not pages[stem].select(".solution > p:first-child a")


def test_what_tells_of_chapters_says_their_numbers(shipped: books.Built):
    guide = shipped.soup("book/teaching")
    cells = [link.get_text() for link in guide.select("article td a, article dt a")]
    assert sum(bool(re.match(r"\d+\. ", words)) for words in cells) > 2 * len(CHAPTERS)
    assert f"{books.number('overall-survival')}. Overall survival" in [
        term.get_text() for term in guide.select("article dt")
    ]
    sentences = " ".join(text.get_text() for text in guide.select("article section > p"))
    assert not re.search(r"\b(in|and|of) \d+\. [A-Z]", sentences)


def test_tables_of_a_page_get_numbers_addresses_and_references(tiny_book: Book):
    tiny_book.edit("notebooks/02-plain.md", "End.", TABLES)
    built = tiny_book.build()
    assert built.code == 0, built.said
    page = built.soup("notebooks/02-plain")
    boxes = page.select(".report-scroll")
    addresses = ["tab-two-three", "tab-named", "tab-two-three-2", None]
    assert [box.get("id") for box in boxes] == addresses
    assert [box.get("aria-label") for box in boxes] == [
        "Table 1: Two & three", "Table 2: Another", "Table 3: Two & three", None,
    ]  # fmt: skip
    assert page.select_one("a[href='#tab-named'] .std-numref").get_text() == "Table 2"
    tiny_book.edit("_toc.yml", "root: book/index\n", "root: book/index\noptions:\n  numbered: 1\n")
    page = tiny_book.build().soup("notebooks/02-plain")
    assert [caption.get_text()[:9] for caption in page.select("caption")] == [
        "Table 2.1", "Table 2.2", "Table 2.3",
    ]  # fmt: skip
