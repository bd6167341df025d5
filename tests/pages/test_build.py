"""The whole book: strictly and from nothing, and again on a cohort unlike the shipped one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import books
import pytest
import selection
from books import Built


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The book on another cohort."""
    folder = tmp_path_factory.mktemp("other")
    cohort = books.other_cohort(folder / "ward-seven", OTHER_PATIENTS)
    return books.copy(folder / "book").build(cohort=cohort)


OTHER_PATIENTS = 31


def _chapters(built: Built) -> set[str]:
    return {path.stem for path in (books.ROOT / "notebooks").glob("[0-9]*.md")}


def _pages(built: Built) -> dict[str, str]:
    """The HTML of every page of prose and every chapter."""
    found = [*built.folder.glob("book/*.html"), *built.folder.glob("notebooks/*.html")]
    assert len(found) > 20, "these are not all pages"
    return {str(p.relative_to(built.folder)): p.read_text(encoding="utf-8") for p in found}


class _Links(HTMLParser):
    """The addresses, the names that can be linked to, and the images of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.names: set[str] = set()
        self.images: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}  # type: ignore[misc]
        if tag == "a" and found.get("href"):
            self.addresses.append(found["href"] or "")
        if tag == "img":
            self.images.append(found)


def _dead_links(built: Built) -> list[str]:
    """Links inside the book that lead nowhere."""
    pages = {built.folder / name: _Links(html) for name, html in _pages(built).items()}
    dead = []
    for path, links in pages.items():
        for address in links.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.exists()
            if there and parts.fragment and target in pages:
                there = unquote(parts.fragment) in pages[target].names
            if not there:
                dead.append(f"{path.name}: {address}")
    return dead


# Each book is built once; pytest-xdist keeps the tests of a class on one worker.


class TestTheBook:
    def test_the_book_builds_without_a_warning(self, shipped: Built):
        assert shipped.code == 0, shipped.said
        if selection.ALL:
            assert shipped.executed == _chapters(shipped), "the build was not from nothing"
        assert (shipped.folder / "index.html").exists()

    def test_every_page_says_that_the_cohort_is_synthetic(self, shipped: Built):
        for name, html in _pages(shipped).items():
            assert html.count('class="cohort-banner"') == 1, name
            banner = html[html.index('class="cohort-banner"') :][:400]
            assert "<strong>Invented data.</strong> No row is a real patient" in banner, name

    def test_no_link_inside_the_book_is_dead(self, shipped: Built):
        assert not _dead_links(shipped)

    def test_every_figure_has_a_number_a_caption_and_words(self, shipped: Built):
        figures = 0
        for name, html in _pages(shipped).items():
            for figure in re.findall(r"<figure.*?</figure>", html, re.DOTALL):
                figures += 1
                assert 'class="caption-number"' in figure, f"{name}: a figure without a number"
                for image in _Links(figure).images:
                    assert len(image.get("alt") or "") > 30, (
                        f"{name}: {image.get('src')} has no words"
                    )
                caption = re.sub(r"<[^>]*>", "", figure[figure.index("<figcaption") :])
                if name.startswith("notebooks/") and "<img" in figure:
                    whose = ("synthetic cohort", "printed", "invented", "simulated")
                    said = caption.lower()
                    assert any(word in said for word in whose), f"{name}: {caption}"
        assert figures > 10

    def test_no_column_of_numbers_is_empty(self, shipped: Built):
        may_be_empty = {"Local recurrence (months)"}  # the first lesions had none
        columns = 0
        for name, html in _pages(shipped).items():
            for table in re.findall(r"<table class=\"dataframe.*?</table>", html, re.DOTALL):
                heads = re.findall(r"<th[^>]*?(number)?\"?>(.*?)</th>", table, re.DOTALL)
                rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
                cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
                for (number, head), column in zip(heads, zip(*cells, strict=False), strict=False):
                    columns += bool(number)
                    empty = number and not any(cell.strip() for cell in column)
                    assert not empty or head in may_be_empty, f"{name}: {head} is empty"
        assert columns > 300

    def test_nothing_went_wrong_unseen(self, shipped: Built):
        for name, html in _pages(shipped).items():
            text = re.sub(r"<script.*?</script>|<pre.*?</pre>|<[^>]*>", "", html, flags=re.DOTALL)
            for sign in (
                "Traceback (most",
                "<Figure size",
                "object at 0x",
                "{printed}",
                "{glue}",
                "{term}",
            ):
                assert sign not in text, f"{name}: {sign}"


@pytest.mark.full
class TestAnotherCohort:
    def test_the_book_builds_on_another_cohort(self, other: Built):
        assert other.code == 0, other.said
        assert other.executed == _chapters(other)
        assert not _dead_links(other)

    def test_the_other_cohort_is_named_and_not_called_synthetic(self, other: Built):
        for name, html in _pages(other).items():
            banner = html[html.index('class="cohort-banner"') :][:800]
            assert "Cohort: ward-seven." in banner, name
            assert "Invented data" not in banner, name

    def test_the_other_scorecard_compares(self, other: Built):
        scorecard = other.text(f"notebooks/{books.chapter('scorecard')}")
        assert "differs" in scorecard
        assert str(OTHER_PATIENTS) in scorecard

    def test_captions_name_the_other_cohort(self, other: Built):
        named = 0
        for name, html in _pages(other).items():
            for caption in re.findall(r"<(?:fig)?caption.*?</(?:fig)?caption>", html, re.DOTALL):
                assert "synthetic cohort" not in caption.replace("synthetic cohorts", ""), name
                named += "ward-seven" in caption
        assert named > 10

    def test_the_words_under_the_figure_of_the_cover_name_the_other_cohort(self, other: Built):
        words = re.findall(r"<p><em>(.*?)</em></p>", other.page("book/index"), re.DOTALL)
        assert len(words) == 1
        assert "ward-seven" in words[0]
        assert "synthetic" not in words[0]
