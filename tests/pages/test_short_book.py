"""The short book on another study: what it says, and that nothing of the shipped study is in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import books
import pandas as pd
import pytest
from click.testing import CliRunner

from helpers import published, shortbook
from helpers.commands import main
from helpers.published import Study

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
    first = shortbook.prepare(study, tmp_path, n=8)
    again = shortbook.prepare(study, tmp_path, n=8, progress=lambda what, _, __: asked.append(what))
    assert first == again
    assert first.how == "found"
    assert asked == []
    assert len(first.load_ensemble(study)) == 8
    fitted = shortbook.curves(first.load_cohort(study))
    assert [one.label for one in fitted] == [
        "overall survival",
        "local control",
        "progression-free survival",
    ]
    assert {one.unit for one in fitted} == {"months"}
    open_ranges = shortbook.left_open(first.load_ensemble(study))
    assert {"r_hat", "effective_size"} <= set(open_ranges.columns)


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


def test_pages_are_not_opened_before_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("PUBLISHED", raising=False)
    with pytest.raises(shortbook.ShortBookError, match="PUBLISHED is not set"):
        shortbook.start()
    with pytest.raises(shortbook.ShortBookError, match="it is missing"):
        shortbook.read(tmp_path)


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
    assert "leave PUBLISHED out" in made(possible, "pdf").stderr
    assert "one of them was expected" in made(possible, COHORT="data/cohort").stderr


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
    html = books.ROOT / "_build" / "studies" / name / "_build" / "html"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in html.glob("*.html")}
    assert {"index", "printed", "forced", "cohort", "open"} <= set(pages)
    assert said in unescape(pages["open"])
    own = [*html.glob("*.html"), *html.glob("*.js"), *html.glob("_sources/*")]
    for path in own:
        assert not SHIPPED.findall(path.read_text(encoding="utf-8")), path
    for name, page in pages.items():
        if name not in ("search", "genindex"):
            assert "Invented data." in page
