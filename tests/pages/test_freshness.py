"""An edit shows in the next build, and nothing is run again without need: on a tiny book."""

from __future__ import annotations

from pathlib import Path

import pytest
from books import Book


def test_prose_is_built_again_without_running_code(tiny_book: Book):
    tiny_book.edit("notebooks/01-quotes.md", "Prose of the first.", "Prose of the last.")
    built = tiny_book.build()
    assert built.code == 0, built.said
    assert "Prose of the last." in built.text("notebooks/01-quotes")
    assert not built.executed


def test_an_edit_of_code_runs_that_notebook_and_reaches_pages_that_quote_it(tiny_book: Book):
    tiny_book.edit("notebooks/01-quotes.md", "len(patients)", "1000 + len(patients)")
    built = tiny_book.build()
    assert built.code == 0, built.said
    assert built.executed == {"01-quotes"}
    assert "1056" in built.text("notebooks/01-quotes")
    assert "1056" in built.text("book/index"), "the page that quotes the notebook is out of date"


@pytest.mark.parametrize(
    "strict",
    [
        pytest.param(True, id="make book"),
        pytest.param(False, id="jupyter-book build", marks=pytest.mark.full),
    ],
)
def test_an_edit_in_the_helpers_changes_the_numbers(tiny_book: Book, strict: bool):
    assert "30.4375" in tiny_book.built.text("notebooks/01-quotes")
    tiny_book.edit(
        "src/helpers/contract/relations.py", "DAYS_PER_MONTH = 30.4375", "DAYS_PER_MONTH = 31.25"
    )
    built = tiny_book.build(strict=strict)
    assert built.code == 0, built.said
    assert "31.25" in built.text("notebooks/01-quotes"), "a number computed by the old helpers"


@pytest.mark.full
def test_an_edit_in_the_data_changes_the_numbers(tiny_book: Book):
    table = tiny_book.root / "data" / "cohort" / "patients.csv"
    header, first, *rest = table.read_text().splitlines()
    cells = first.split(",")
    age = header.split(",").index("age_years")
    total = sum(int(line.split(",")[age]) for line in [first, *rest])
    assert str(total) in tiny_book.built.text("notebooks/01-quotes")
    cells[age] = str(int(cells[age]) + 1)
    table.write_text("\n".join([header, ",".join(cells), *rest, ""]))
    tiny_book.edit("data/published.yaml", "value: 40.1", "value: 41.2")
    built = tiny_book.build()
    assert built.code == 0, built.said
    assert str(total + 1) in built.text("notebooks/01-quotes"), "a number of the old data"
    assert "41.2%" in built.text("book/index"), "a printed number of the old YAML"


@pytest.mark.full
def test_another_cohort_is_named_and_used(tiny_book: Book, second_cohort: Path):
    built = tiny_book.build(cohort=second_cohort)
    assert built.code == 0, built.said
    for name in ("book/index", "book/words", "notebooks/01-quotes", "notebooks/02-plain"):
        assert "Cohort: ward-seven." in built.page(name)
    assert "There are 30 patients" in built.text("notebooks/01-quotes")
    back = tiny_book.build()
    assert "There are 56 patients" in back.text("notebooks/01-quotes")
    assert not back.executed, "the cache of the shipped cohort was lost"


@pytest.mark.full
def test_an_edit_of_the_style_alone_is_copied(tiny_book: Book):
    tiny_book.edit("book/_static/report.css", "border-left: 0.3rem", "border-left: 0.7rem")
    built = tiny_book.build()
    assert built.code == 0, built.said
    assert "border-left: 0.7rem" in (built.folder / "_static" / "report.css").read_text()
    assert not built.executed


@pytest.mark.full
def test_a_warning_is_told_again_until_it_is_mended(tiny_book: Book):
    tiny_book.edit("notebooks/02-plain.md", "Second.", "Second, {printed}`no-such-number`.")
    for _ in range(2):
        built = tiny_book.build()
        assert built.code != 0
        assert "no-such-number" in built.said
        assert "02-plain.md:15" in built.said, "the warning does not name the line of the source"
    tiny_book.edit("notebooks/02-plain.md", "{printed}`no-such-number`", "mended")
    built = tiny_book.build()
    assert built.code == 0, built.said


@pytest.mark.full
def test_a_page_left_alone_is_checked_again(tiny_book: Book):
    tiny_book.edit("book/words.md", "\nhazard\n", "\nrate of death\n")
    built = tiny_book.build()
    assert built.code != 0, "a chapter uses a term that is gone"
    assert "hazard" in built.said


@pytest.mark.full
def test_a_lenient_build_hides_nothing_from_a_strict_one(tiny_book: Book):
    tiny_book.edit("book/words.md", "Text.", "Text, {py:func}`no.such.thing`.")
    assert tiny_book.build(strict=False).code == 0
    assert tiny_book.build().code != 0


def test_a_failed_cell_stops_the_build_with_its_source(tiny_book: Book):
    tiny_book.edit("notebooks/01-quotes.md", "patients = cohort", "1 / 0\npatients = cohort")
    tiny_book.edit("notebooks/02-plain.md", "print(6 * 7)", "print(6 * 8)")
    built = tiny_book.build(strict=False)
    assert built.code != 0
    for part in ("01-quotes.md", "1 / 0", "ZeroDivisionError", "1 of 2 notebooks"):
        assert part in built.said
    tiny_book.edit("notebooks/01-quotes.md", "1 / 0\n", "")
    assert tiny_book.build().executed == set(), "what had succeeded was run again"


def test_a_cohort_that_is_refused_stops_the_build_in_a_sentence(tiny_book: Book, tmp_path: Path):
    built = tiny_book.build(cohort=tmp_path / "nowhere")
    assert built.code != 0
    assert f"{tmp_path}/nowhere: a folder with" in built.said
    assert "executed" not in built.said


def test_every_page_has_the_banner_once(tiny_book: Book):
    pages = ["book/index", "book/words", "notebooks/01-quotes", "notebooks/02-plain"]
    counts = {page: tiny_book.built.page(page).count('class="cohort-banner"') for page in pages}
    assert set(counts.values()) == {1}, counts


@pytest.mark.full
def test_a_figure_carries_words_and_numbers(tiny_book: Book):
    tiny_book.edit(
        "notebooks/02-plain.md",
        "```{code-cell} ipython3\nprint(6 * 7)",
        "```{code-cell} ipython3\nimport pandas as pd\nfrom matplotlib.figure import Figure\n"
        "from helpers import figures, page\npage.start()\n```\n\n"
        "```{code-cell} ipython3\n---\nmystnb:\n  figure:\n    name: fig-plain\n"
        "    caption: A line.\n---\ndrawing = Figure()\ndrawing.subplots().plot([1, 2])\nshown = figures.Figure(\n"
        "    drawing, 'A line from 1 & to 2.', pd.DataFrame({'height': [1, 2]})\n)\n"
        "page.keep('line', shown)\npage.show(shown)",
    )
    tiny_book.edit("notebooks/02-plain.md", "End.", "See {numref}`fig-plain`.")
    tiny_book.edit(
        "book/words.md", "Text.", "```{glue} line\n:doc: ../notebooks/02-plain.ipynb\n```"
    )
    built = tiny_book.build()
    assert built.code == 0, built.said
    page = built.page("notebooks/02-plain")
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert 'alt="A line from 1 &amp; to 2."' in figure
    assert "Fig. 1" in figure
    assert "figure-numbers" not in figure
    assert page.count('<details class="figure-numbers">') == 1
    assert page.index("</figure>") < page.index('<details class="figure-numbers">')
    assert page.count('class="cohort-banner"') == 1
    assert 'alt="A line from 1 &amp; to 2."' in built.page("book/words")


def test_prose_is_written_alone_and_a_title_with_the_pages_that_show_it(tiny_book: Book):
    pages = {
        name: tiny_book.built.folder / f"{name}.html"
        for name in ("book/index", "book/words", "notebooks/01-quotes", "notebooks/02-plain")
    }

    def written() -> set[str]:
        before = {name: path.stat().st_mtime_ns for name, path in pages.items()}
        built = tiny_book.build()
        assert built.code == 0, built.said
        return {name for name, path in pages.items() if path.stat().st_mtime_ns != before[name]}

    tiny_book.edit("notebooks/01-quotes.md", "Prose of the first.", "Prose.\n\nA second paragraph.")
    assert written() == {"notebooks/01-quotes", "book/index"}, "the second quotes the first"
    tiny_book.edit("notebooks/01-quotes.md", "# Quotes", "# Quotations")
    assert written() == set(pages)
