"""A notebook on a cohort that lacks a column: what needs it is a sentence, and all else runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd
import pytest
import unusual
import without_sphinx
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from helpers import lacking, page, tables

WHY = "This cohort has no column histology in patients.csv."


class Notebook:
    """A notebook on patients without a histology, and what its cells say in place of what they show."""

    def __init__(self) -> None:
        self.fallen: list[lacking.Fallen] = []
        self.shell = InteractiveShell()
        self.shell.push(
            {
                "patients": pd.DataFrame({"site": ["bone", "liver"]}),
                "page": page,
                "tables": tables,
            }
        )
        lacking.guard(self.shell, {"histology": WHY}, self.fallen.append)

    def run(self, *cells: str) -> str:
        """What cells print and show; an error that is not told is raised."""
        with capture_output() as captured:
            for cell in cells:
                self.shell.run_cell(cell).raise_error()
        return captured.stdout


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.mark.parametrize(
    "cell",
    [
        "patients['histology']",
        "print(patients[['site', 'histology']])",
        "patients.histology",
        "patients.groupby('histology').size()",
        "patients.groupby('site')['histology'].size()",
        "for row in patients.itertuples():\n    print(row.histology)",
    ],
)
def test_a_cell_that_asks_for_it_says_so_and_the_next_runs(cell: str, notebook: Notebook):
    assert "2" in notebook.run(cell, "print(len(patients))")
    assert [(fallen.why, fallen.asks) for fallen in notebook.fallen] == [(WHY, True)]


def test_what_it_would_have_made_is_gone_and_so_is_what_needs_that(notebook: Notebook):
    shown = notebook.run(
        "kinds = 1",
        "def double():\n    return 2 * kinds\nkinds = len(patients['histology'])\nthree = 3",
        "print(double())",
        "other = kinds + 1",
        "print(other)",
        "print(three)",
    )
    assert [fallen.asks for fallen in notebook.fallen] == [True, False, False, False]
    assert "3" in shown


def test_a_list_that_it_would_have_filled_is_gone_and_a_library_is_not(notebook: Notebook):
    shown = notebook.run(
        "import math\n"
        "rows = []\n"
        "for row in patients.itertuples():\n"
        "    rows.append(row.histology)\n"
        "    math.sqrt(2)\n"
        "print(rows)",
        "print(math.pi > 3)",
    )
    assert [(fallen.asks, fallen.first) for fallen in notebook.fallen] == [
        (True, True),
        (False, False),
    ]
    assert "True" in shown


def test_a_column_that_it_would_have_added_is_missing_too(notebook: Notebook):
    notebook.run("patients['kind'] = patients['histology']", "print(patients['kind'])")
    assert [fallen.why for fallen in notebook.fallen] == [WHY, WHY]


def test_what_is_made_again_is_there_again(notebook: Notebook):
    assert "7" in notebook.run("kinds = patients['histology']", "kinds = 7", "print(kinds)")
    assert len(notebook.fallen) == 1


def test_it_knows_what_would_have_been_shown(notebook: Notebook):
    notebook.run(
        "tables.show(patients['histology'], caption='Kinds')",
        "page.show(patients['histology'])",
        "page.keep('kept', patients['histology'])",
        "page.quote(one=patients['histology'], two=2)",
    )
    table, figure, kept, quoted = notebook.fallen
    assert table.captions == ("Kinds",)
    assert "page.show" in figure.shows
    assert kept.keeps == ("kept",)
    assert quoted.quotes == ("one", "two")


def test_every_other_error_stops_it(notebook: Notebook):
    with pytest.raises(KeyError, match="hystology"):
        notebook.run("patients['hystology']")
    with pytest.raises(NameError, match="nothing"):
        notebook.run("nothing")


def test_the_value_of_a_cell_is_shown_as_ever(notebook: Notebook):
    assert "2" in notebook.run("len(patients)")


def test_a_cohort_that_has_all_runs_cells_as_they_are(notebook: Notebook):
    lacking.guard(notebook.shell, {}, notebook.fallen.append)
    with pytest.raises(KeyError):
        notebook.run("patients['histology']")


def test_a_page_has_sentences_where_tables_and_numbers_would_stand(tmp_path: Path):
    cells = (
        "from helpers import page, tables\npatients = page.start().patients",
        "kinds = patients['histology'].value_counts()\n"
        "tables.show(kinds.reset_index(), caption='Kinds, synthetic cohort')\n"
        "page.quote(kinds=len(kinds))",
        "page.show(kinds)",
        "print(len(patients), kinds)",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, tmp_path / "01-one.ipynb")
    cohort = unusual.another_disease(tmp_path / "ward", without=("histology",))
    (ran,) = without_sphinx.execute([tmp_path / "01-one.ipynb"], tmp_path, COHORT=str(cohort))
    assert not ran.problem + ran.complained
    assert "Kinds, synthetic cohort" in ran.shown
    assert "not computable" in ran.shown
    assert ran.lacked == [("patients", "histology", "")]
    assert 'class="lacking"' in ran.shown
    assert "Where the text says supraclavicular, it is bone here." in ran.shown
