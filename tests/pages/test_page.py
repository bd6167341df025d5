"""What a notebook shows through `helpers.page`, without a book around it."""

from __future__ import annotations

import base64
import re
import warnings

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from lifelines.exceptions import ConvergenceWarning
from matplotlib.figure import Figure as Drawing

from helpers import figures, markup, page


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, dict]]:
    """What is displayed, with the options."""
    displayed: list[tuple[object, dict]] = []
    monkeypatch.setattr(page, "display", lambda what, **more: displayed.append((what, more)))
    return displayed


def figure(table: pd.DataFrame) -> figures.Figure:
    drawing = Drawing()
    drawing.subplots().plot([1, 2])
    return figures.Figure(drawing, "A line from 1 & to 2.", table)


NUMBERS = pd.DataFrame({"height": [1.5, 2.0]}, index=pd.Index(["a", "b"], name="name"))


def html(what: object) -> BeautifulSoup:
    text = what["text/html"] if isinstance(what, dict) else what.data  # type: ignore[attr-defined]
    return BeautifulSoup(text, "html.parser")


def test_start_shows_the_banner_and_makes_a_model_that_does_not_converge_an_error(shown):
    with warnings.catch_warnings():
        cohort = page.start()
        with pytest.raises(ConvergenceWarning):
            warnings.warn("no", ConvergenceWarning, stacklevel=1)
    assert len(cohort.patients) == 56
    ((banner, _),) = shown
    assert html(banner).select_one(f"div.{markup.BANNER}[role=note] strong")


def test_a_claim_that_holds_shows_nothing_and_one_that_fails_is_named(shown):
    page.claim("fewer than half", True)
    assert not shown
    page.claim("fewer than half & more", False)
    ((note, _),) = shown
    assert (
        "“fewer than half & more”" in html(note).select_one(f"p.{markup.REFUTED}[role=note]").text
    )


def test_a_figure_carries_its_words_its_numbers_and_its_files(shown):
    page.show(figure(NUMBERS))
    ((bundle, more),) = shown
    assert more == {"raw": True}
    assert 'aria-label="A line from 1 &amp; to 2."' in bundle["image/svg+xml"]
    soup = html(bundle)
    picture = soup.select_one(f"img.{markup.FIGURE}")
    assert picture["alt"] == "A line from 1 & to 2."
    drawing = base64.b64decode(picture["src"].partition(",")[2]).decode()
    assert drawing == bundle["image/svg+xml"]
    heads = [head.text for head in soup.select(f"details.{markup.NUMBERS} .{markup.TABLE} th")]
    assert heads == ["Name", "Height"]
    files = {a["download"]: a["href"] for a in soup.select(f".{markup.DOWNLOADS} a")}
    assert list(files) == ["figure.svg", "figure.png", "figure.csv"]
    assert base64.b64decode(files["figure.csv"].partition(",")[2]) == b"name,height\na,1.5\nb,2.0\n"


def test_a_figure_without_numbers_offers_none(shown):
    page.show(figure(pd.DataFrame()))
    ((bundle, _),) = shown
    soup = html(bundle)
    assert not soup.select("details, table")
    assert [a["download"] for a in soup.select("a")] == ["figure.svg", "figure.png"]


@pytest.mark.parametrize("more", [0, 1])
def test_many_numbers_are_a_file_and_no_table(shown, more):
    rows = page.LONGEST_TABLE + more
    many = pd.DataFrame({"height": range(rows)})
    page.show(figure(many))
    page.flip(flip_book(many))
    page.keep("line", figure(many))
    for what, (bundle, _) in zip(("figure", "flip book", "kept"), shown, strict=True):
        text = bundle if isinstance(bundle, dict) else {"text/html": bundle.data}
        soup = BeautifulSoup(
            next(t for m, t in text.items() if m.endswith("text/html")), "html.parser"
        )
        assert len(soup.select(f"details.{markup.NUMBERS} tbody tr")) == (0 if more else rows), what
        if what == "figure" or (what == "flip book" and more):
            (csv,) = (a["href"] for a in soup.select("a") if a["download"] == "figure.csv")
            assert base64.b64decode(csv.partition(",")[2]).count(b"\n") == rows + 1
        if what != "kept" and more:
            assert f"The numbers in this figure, {rows} rows, as CSV" in soup.text


def test_the_same_figure_gives_the_same_bytes():
    assert page.svg(figure(NUMBERS)) == page.svg(figure(NUMBERS))
    assert page.png(figure(NUMBERS)) == page.png(figure(NUMBERS))


def flip_book(table: pd.DataFrame = NUMBERS) -> figures.FlipBook:
    drawing = Drawing()
    axes = drawing.subplots()
    for number in range(2):
        axes.plot([number, 2])[0].set_gid(f"frame-{number}")
    return figures.FlipBook(drawing, "Two frames.", table, ("First", "Second"))


def test_two_flip_books_on_a_page_are_turned_alone(shown):
    page.flip(flip_book())
    page.flip(flip_book())
    both = [html(what) for what, _ in shown]
    names = [{button["name"] for button in soup.select("input[type=radio]")} for soup in both]
    assert [len(own) for own in names] == [1, 1]
    assert not names[0] & names[1], "a button of the one turns the other"
    for soup in both:
        buttons = soup.select(f".{markup.FLIP_BOOK} input")
        assert [button["aria-label"] for button in buttons] == ["1: First", "2: Second"]
        assert [label.text for label in soup.select("fieldset label")] == ["1", "2"]
        assert [button.has_attr("checked") for button in buttons] == [True, False]
        assert soup.select_one(".frame-0")
        assert soup.select_one(".frame-1")
    ids = [re.findall(r'\sid="(frame-[^"]*)"', str(soup)) for soup in both]
    assert ids == [[], []], "an id that stands twice"


def test_what_is_kept_is_a_record_for_glue(shown):
    page.quote(years=3, words="3 & more")
    page.keep("line", figure(NUMBERS))
    (years, about), (words, _), (line, kept) = shown
    assert about["metadata"]["scrapbook"]["name"] == "years"
    assert years["application/papermill.record/text/plain"] == "3"
    assert words["application/papermill.record/text/plain"] == "3 & more"
    assert kept["metadata"]["scrapbook"]["name"] == "line"
    record = line["application/papermill.record/text/html"]
    assert f'class="{markup.FIGURE}"' in record
    assert f'class="{markup.DOWNLOADS}"' not in record, "a figure of another page offers no files"
