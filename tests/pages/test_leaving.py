"""Nothing that identifies a patient leaves a book on a reader's own cohort, unless it was asked for.

Two ways of looking: canaries are searched for in all that is made, and two cohorts that differ in what
identifies alone have to give the same outputs. Each is shown to find what it looks for where rows are on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import books
import canaries
import numpy as np
import pandas as pd
import pytest
import test_unusual_cohorts
import unusual
import whole_book
import without_sphinx
from bs4 import BeautifulSoup
from report import disclosed
from selection import some
from tools import build, forget, publish

from helpers import cohort as cohorts
from helpers import disclosure, figures, headings, notice, package, tables
from helpers.contract import coarsened

SHOWED_THE_MOST = (
    "the-cohort",
    "overall-survival",
    "new-progression",
    "tumour-growth",
    "scorecard",
    "the-cut-point",
    "a-ratio-that-changes",
)
"""Of single patients."""
_SMALL = re.compile(r"[1-4]")
_COUNTED = {
    headings.heading(name) for name in ("patients", "lesions", "at_risk", "events", "deaths")
}


def chapters(names: Sequence[str]) -> list[Path]:
    return [books.ROOT / "notebooks" / f"{books.chapter(name)}.ipynb" for name in names]


def outputs(names: Sequence[str], cohort: Path, **settings: str) -> dict[str, bytes]:
    """What the cells of chapters show, by chapter; they have to run to their ends."""
    found = {}
    for ran in without_sphinx.execute(
        chapters(names), cohort.parent, COHORT=str(cohort), **settings
    ):
        assert not ran.problem + ran.complained, f"{ran.chapter}: {ran.problem}{ran.complained}"
        found[ran.chapter] = ran.shown.encode()
    return found


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> canaries.Canaries:
    return canaries.plant(tmp_path_factory.mktemp("own") / "ward")


@pytest.fixture(scope="module")
def aggregates(planted: canaries.Canaries) -> dict[str, bytes]:
    return outputs(some(SHOWED_THE_MOST, 2), planted.folder)


@pytest.fixture(scope="module")
def with_rows(planted: canaries.Canaries) -> dict[str, bytes]:
    return outputs(("the-cohort", "scorecard"), planted.folder, ROWS="1")


@pytest.fixture
def own(planted: canaries.Canaries, monkeypatch: pytest.MonkeyPatch) -> canaries.Canaries:
    """The book is on the cohort with the canaries."""
    monkeypatch.setenv("COHORT", str(planted.folder))
    monkeypatch.delenv("ROWS", raising=False)
    return planted


def test_no_canary_is_in_what_chapters_show(
    planted: canaries.Canaries, aggregates: dict[str, bytes]
):
    assert not canaries.leaks(planted, aggregates)
    hidden = [name for name, shown in aggregates.items() if disclosure.HIDDEN.encode() in shown]
    assert not hidden, "rows with their hidden identifiers"


def test_the_search_finds_every_kind_of_canary_where_rows_are_shown(
    planted: canaries.Canaries, with_rows: dict[str, bytes]
):
    kinds = set().union(*canaries.leaks(planted, with_rows).values())
    # The last is shown by no chapter, and by a table that has it.
    assert kinds == planted.kinds.keys() - {"column that the contract does not name"}
    exact = package.csv(cohorts.load(planted.folder).patients)
    assert planted.found(exact) == set(planted.kinds)


def test_what_chapters_show_has_no_small_number_and_no_measurement_of_one_patient(
    aggregates: dict[str, bytes],
):
    measured = {headings.heading(name) for name in disclosure.cells._of_rows()}
    wrong = []
    for chapter, shown in aggregates.items():
        for table in BeautifulSoup(shown.decode(), "html.parser").find_all("table"):
            caption = table.caption.get_text() if table.caption else ""
            if caption and "synthetic cohort" not in caption:
                continue
            names = [cell.get_text() for cell in table.thead.find_all("th")]
            if measured & set(names) and "invented" not in caption:
                wrong.append(f"{chapter}, {caption}: {measured & set(names)}")
            for row in table.tbody.find_all("tr"):
                for name, cell in zip(names, row.find_all("td"), strict=False):
                    if name in _COUNTED and _SMALL.fullmatch(cell.get_text()):
                        wrong.append(f"{chapter}, {caption}: {name} {cell.get_text()}")
    assert not wrong


def test_twins_are_the_same_cohort_in_a_book_of_aggregates(tmp_path: Path):
    own = [canaries.plant(tmp_path / str(twin), twin).folder for twin in (0, 1)]
    first, second = (
        coarsened.coarsened(cohort.study, cohort.tables) for cohort in map(cohorts.load, own)
    )
    for name in first:
        pd.testing.assert_frame_equal(first[name], second[name])


@pytest.mark.full
def test_all_that_chapters_show_is_the_same_for_twins(tmp_path: Path):
    """The one test that needs no list of what could leak, nor of how."""
    names = test_unusual_cohorts.ANALYSE
    shown = [
        outputs(names, canaries.plant(tmp_path / str(twin) / "ward", twin).folder)
        for twin in (0, 1)
    ]
    assert [name for name in shown[0] if shown[0][name] != shown[1][name]] == []


def test_twins_differ_where_rows_are_shown(with_rows: dict[str, bytes], tmp_path: Path):
    other = canaries.plant(tmp_path / "ward", 1).folder
    for name, shown in outputs(("the-cohort",), other, ROWS="1").items():
        assert shown != with_rows[name]


class TestCoarsened:
    def test_what_is_left_of_a_row(self, own: canaries.Canaries):
        cohort = cohorts.load()
        patients, lesions = cohort.patients, cohort.lesions
        assert patients["patient_id"].str.startswith(disclosure.HIDDEN).all()
        assert lesions["lesion_id"].str.startswith(disclosure.HIDDEN).all()
        assert set(lesions["patient_id"]) <= set(patients["patient_id"])
        assert "name" not in patients
        for frame in (patients, lesions):
            for name in frame.columns:
                if name.endswith("_months") or name.startswith("months_"):
                    assert (frame[name].dropna() % 1 == 0).all(), name
        assert (patients["age_years"] % 5 == 0).all()
        assert set(patients["treatment_date"].dt.strftime("%m-%d")) == {"01-01"}

    def test_events_up_to_a_whole_month_are_the_same(self, own: canaries.Canaries):
        exact, coarse = cohorts.load(own.folder).patients, cohorts.load().patients
        for month in (6, 12, 24, 36):
            by_then = [
                ((frame["follow_up_months"] <= month) & (frame["died"] == 1)).sum()
                for frame in (exact, coarse)
            ]
            assert by_then[0] == by_then[1]
        for name in ("size_group", "site_group"):
            assert exact[name].value_counts().to_dict() == coarse[name].value_counts().to_dict()

    @pytest.mark.parametrize("made", unusual.COHORTS.values(), ids=unusual.COHORTS)
    def test_every_unusual_cohort_meets_the_contract_without_what_identifies(
        self, made: Callable[[Path], Path], tmp_path: Path
    ):
        cohort = cohorts.load(made(tmp_path / "ward"))
        found = coarsened.coarsened(cohort.study, cohort.tables)
        assert {name: len(frame) for name, frame in found.items()} == {
            name: len(frame) for name, frame in cohort.tables.items()
        }
        cohorts.of_tables(found, cohort.study, "coarse")

    def test_no_time_becomes_zero_and_no_age_tells_the_oldest(self, own: canaries.Canaries):
        cohort = cohorts.load(own.folder)
        patients = cohort.patients.assign(follow_up_months=0.01, progression_months=np.nan)
        patients["age_years"] = [*[110] * 10, *patients["age_years"][10:]]
        found = coarsened.coarsened(cohort.study, cohort.tables | {"patients": patients})[
            "patients"
        ]
        assert set(found["follow_up_months"]) == {1.0}
        assert found["age_years"].max() == 90


class TestSetting:
    def test_the_cohort_of_the_book_shows_its_rows_and_another_does_not(self, tmp_path: Path):
        shipped = books.ROOT / "data" / "cohort"
        for named, rows, shown in [
            ("", "", disclosure.ROWS),
            (str(shipped), "", disclosure.ROWS),
            (str(tmp_path), "", disclosure.AGGREGATES),
            (str(tmp_path), "0", disclosure.AGGREGATES),
            (str(tmp_path), "yes", disclosure.AGGREGATES),
            (str(tmp_path), "1", disclosure.ROWS),
        ]:
            assert disclosure.setting({"COHORT": named, "ROWS": rows}) == shown

    def test_a_cohort_that_calls_itself_synthetic_is_coarse_all_the_same(
        self, own: canaries.Canaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        folder = unusual.write(unusual.drawn(12, 3), tmp_path / "said")
        (folder / "datapackage.json").write_text('{"synthetic": true}')
        monkeypatch.setenv("COHORT", str(folder))
        assert cohorts.load().patients["patient_id"].str.startswith(disclosure.HIDDEN).all()

    def test_a_cohort_of_fewer_than_five_is_refused_in_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delenv("ROWS", raising=False)
        for patients in range(1, disclosure.SMALL + 1):
            folder = unusual.write(unusual.drawn(patients, 3), tmp_path / str(patients))
            monkeypatch.setenv("COHORT", str(folder))
            if patients == disclosure.SMALL:
                assert len(cohorts.load().patients) == patients
                continue
            with pytest.raises(cohorts.CohortError, match=f"at least 5 patients, found {patients}"):
                cohorts.load()
            assert len(cohorts.load(folder).patients) == patients, "to be checked, not to be shown"
            with monkeypatch.context() as asked:
                asked.setenv("ROWS", "1")
                assert len(cohorts.load().patients) == patients

    def test_the_banner_says_what_is_shown(
        self, own: canaries.Canaries, monkeypatch: pytest.MonkeyPatch
    ):
        assert notice.AGGREGATES in notice.of(cohorts.load()).text
        monkeypatch.setenv("ROWS", "1")
        assert notice.of(cohorts.load()).lead == notice.CONTAINS_PATIENTS


class TestCells:
    def test_a_small_cell_takes_another_with_it(self):
        frame = pd.DataFrame({"group": ["a", "b", "c"], "patients": [3, 20, 33]})
        told = disclosure.told(frame, "By group, synthetic cohort")
        assert list(told.frame["patients"]) == [disclosure.MASKED, disclosure.LEFT_OUT, 33]
        assert told.masked == 2

    def test_two_small_cells_protect_each_other(self):
        frame = pd.DataFrame({"group": ["a", "b", "c"], "patients": [3, 2, 33]})
        told = disclosure.told(frame)
        assert list(told.frame["patients"]) == [disclosure.MASKED] * 2 + [33]

    def test_what_a_row_adds_up_to_gives_nothing_away(self):
        frame = pd.DataFrame(
            {"group": ["a", "b"], "patients": [30, 40], "events": [2, 9], "censored": [28, 31]}
        )
        told = disclosure.told(frame).frame
        assert list(told["events"]) == [disclosure.MASKED, disclosure.LEFT_OUT]
        assert list(told["censored"]) == [disclosure.LEFT_OUT] * 2

    def test_an_estimate_of_a_few_patients_is_left_out(self):
        frame = pd.DataFrame(
            {"group": ["a", "b"], "patients": [3, 40], "median_months": [17.0, 20.0]}
        )
        assert np.isnan(disclosure.told(frame).frame["median_months"].iloc[0])

    def test_numbers_that_count_nobody_and_tables_of_nobody_stay(self):
        frame = pd.DataFrame({"months": [3, 6], "landmark": [1, 2], "patients": [30, 20]})
        assert disclosure.told(frame).frame.equals(frame)
        few = pd.DataFrame({"patients": [1, 2]})
        assert disclosure.told(few, "Two invented patients").frame.equals(few)
        assert disclosure.told(few, "What is printed").frame.equals(few)

    @pytest.mark.parametrize(
        "frame",
        [
            pd.DataFrame({"who": [f"{disclosure.HIDDEN}7"]}),
            pd.DataFrame({"follow_up_months": [3.0], "anything": [1]}),
            pd.DataFrame({"deaths": [1]}, index=[f"{disclosure.HIDDEN}7"]),
        ],
    )
    def test_rows_are_one_sentence(self, frame: pd.DataFrame, own: canaries.Canaries):
        assert disclosure.told(frame, "The first, synthetic cohort").withheld
        html = tables.html(frame, "The first, synthetic cohort", medians=[])
        assert disclosure.NO_ROWS in html
        assert disclosure.ATTRIBUTE in html
        assert not tables.files(frame, "table", "The first, synthetic cohort")

    def test_a_first_table_hides_a_small_group_altogether(self):
        frame = pd.DataFrame(
            {
                "characteristic": ["Patients", "Age", "Stage: I", "Stage: II"],
                "Overall": ["40", "50 [40, 60]", "18 (45.0)", "22 (55.0)"],
                "a": ["37", "50 [41, 60]", "16 (43.2)", "21 (56.8)"],
                "b": ["3", "66 [55, 70]", "2 (66.7)", "1 (33.3)"],
            }
        )
        told = disclosure.told(frame).frame
        assert set(told["b"]) == {disclosure.MASKED, disclosure.LEFT_OUT}
        assert not {"37", "16 (43.2)", "21 (56.8)"} & set(told["a"])

    def test_three_digits_of_a_number_in_a_file(self):
        frame = pd.DataFrame({"survival": [53 / 56], "p": [0.00012345]})
        assert disclosure.rounded(frame).to_numpy().tolist() == [[0.946, 0.000123]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lung: 2 of 19 died", "lung: fewer than 5 of 19 died"),
        ("17 of 19: 89.5%", "all but fewer than 5 of 19"),
        ("12 of 19: 63.2%", "12 of 19: 63.2%"),
        ("2 of 4 (50.0%)", "some of fewer than 5"),
        ("lung (3 patients, 1 event)", "lung (fewer than 5 patients, fewer than 5 event)"),
        ("failures by death: 3", "failures by death: fewer than 5"),
        ("0 deaths in 36 months", "0 deaths in 36 months"),
        (f"{disclosure.HIDDEN}3 17.0 1", disclosure.NO_ROWS),
    ],
)
def test_sentences_count_no_few_patients_out(text: str, told: str):
    assert disclosure.words(text) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(3, "fewer than 5"), ("4", "fewer than 5"), (0, "0"), (5, "5"), (2.5, "2.5")],
)
def test_prose_quotes_no_small_number(value: object, told: str):
    assert disclosure.quoted(value) == told


ONE_MARK_A_PATIENT = {
    "cut_explorer",
    "growth_and_interval",
    "kaplan_meier_by_exit",
    "residuals",
    "residuals_by_covariate",
    "schoenfeld",
}
"""Drawings that a book of aggregates has not."""
AGGREGATES_ALONE = {
    "cohort_flow", "cumulative_incidence", "cuts_found", "diameters", "forest", "functional_forms",
    "growth", "growth_ridge", "informative_censoring", "interval_distribution", "kaplan_meier", "log_likelihoods", "log_log",
    "p_by_cut", "partial_likelihood", "permutation_tail", "predicted_observed", "resampled", "scorecard",
    "survival_curves", "swimmer", "yearly_hazards", "along",
}  # fmt: skip
"""Drawings of the cohort without a mark for each patient, or with none in a book of aggregates."""
OF_NO_PATIENTS = {
    "against", "called", "death_positions", "exaggeration", "explorer", "flip_book", "group_sizes",
    "interval_kinds", "intervals", "look", "outside", "power", "power_by_events",
    "rank_histograms", "search_trace", "sets_by_size", "small_share_explorer", "style", "svg", "traces", "windows", "withheld", "worth",
}  # fmt: skip
"""Drawings of print, of many cohorts, of simulations, and what draws nothing by itself."""


def test_of_every_drawing_it_was_decided_whether_it_shows_single_patients():
    """A new one belongs in one of the three; with a mark for each patient it is `of_single_patients`."""
    known = ONE_MARK_A_PATIENT | AGGREGATES_ALONE | OF_NO_PATIENTS
    assert {name for name in figures.__all__ if name.islower()} == known


@pytest.mark.parametrize("name", sorted(ONE_MARK_A_PATIENT))
def test_drawings_of_single_patients_are_a_sentence(name: str, own: canaries.Canaries):
    assert getattr(figures, name)().alt == disclosure.NO_ROWS


def test_bars_of_patients_are_a_summary_without_a_small_one(own: canaries.Canaries):
    drawn = figures.swimmer(cohorts.load().patients)
    assert list(drawn.table.columns) == ["above_months", "up_to_months", "patients"]
    assert (drawn.table["patients"] >= disclosure.SMALL).all()
    assert drawn.table["patients"].sum() == len(cohorts.load().patients)


class TestForget:
    def test_all_that_was_built_on_a_cohort_goes_and_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ):
        ward, other = tmp_path / "my ward", tmp_path / "other"
        for folder in (ward, other):
            folder.mkdir()
        built = tmp_path / "_build" / "cohorts"
        mine = build.place_of(ward)
        for name in (
            mine,
            f"{mine}-aggregates",
            f"{mine}-with-single-patients",
            build.place_of(other),
        ):
            (built / name / "_build" / "html").mkdir(parents=True)
            (built / name / "_build" / "html" / "index.html").write_text("page")
        assert forget.main({"COHORT": "my ward"}, tmp_path) == 0
        assert [path.name for path in built.iterdir()] == [build.place_of(other)]
        said = capsys.readouterr().out
        assert said.count("Removed ") == 3
        assert "1 files, 0.0 MB (html)" in said
        assert ward.is_dir()

    def test_a_cohort_that_is_gone_is_forgotten_too(self, tmp_path: Path):
        (tmp_path / "_build" / "cohorts" / build.place_of(tmp_path / "gone")).mkdir(parents=True)
        assert forget.main({"COHORT": "gone"}, tmp_path) == 0
        assert not any((tmp_path / "_build" / "cohorts").iterdir())

    def test_without_a_cohort_nothing_is_removed(self, tmp_path: Path):
        assert forget.main({}, tmp_path) == 2


class TestPages:
    """What pages say of themselves, in a book of two notebooks and two pages."""

    @pytest.fixture(scope="class", params=["aggregates", "rows"])
    @classmethod
    def tiny(
        cls,
        request: pytest.FixtureRequest,
        planted: canaries.Canaries,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> tuple[str, books.Built]:
        book = books.tiny(tmp_path_factory.mktemp(request.param) / "book")
        rows = {"ROWS": "1"} if request.param == "rows" else {}
        built = book.build(cohort=planted.folder, **rows)
        assert built.code == 0, built.said
        return request.param, built

    def test_every_page_says_what_it_may_be_used_for(self, tiny: tuple[str, books.Built]):
        shown, built = tiny
        pages = ("book/index", "book/words", "notebooks/01-quotes", "notebooks/02-plain")
        for name in pages:
            html = built.page(name)
            assert (notice.CONTAINS_PATIENTS in html) == (shown == "rows"), name
            assert (notice.AGGREGATES in html) == (shown == "aggregates"), name
        for path in built.folder.rglob("*.html"):
            html = path.read_text(encoding="utf-8")
            if "<head" in html and "http-equiv" not in html:
                assert disclosed.MARK in html, path.name
                assert shown == "aggregates" or 'name="robots" content="noindex' in html, path.name

    def test_the_list_of_what_is_left_out_is_a_page_of_aggregates_alone(
        self, tiny: tuple[str, books.Built]
    ):
        shown, built = tiny
        assert (built.folder / f"{notice.NOT_SHOWN}.html").exists() == (shown == "aggregates")

    def test_no_canary_is_in_any_file_of_aggregates(
        self, planted: canaries.Canaries, tiny: tuple[str, books.Built]
    ):
        shown, built = tiny
        if shown == "aggregates":
            assert not canaries.leaks(planted, canaries.under(built.folder.parent))

    @pytest.mark.full
    def test_outputs_with_rows_are_not_taken_for_those_without(self, tmp_path: Path):
        book = books.tiny(tmp_path / "book")
        ward = canaries.plant(tmp_path / "ward").folder
        assert book.build(cohort=ward, ROWS="1").executed
        again = book.build(cohort=ward)
        assert "01-quotes" in again.executed


@pytest.mark.full
class TestWholeBook:
    """All that could be sent: pages, notebooks, PDF, EPUB, and what is kept of executed notebooks."""

    @pytest.fixture(scope="class")
    @classmethod
    def built(
        cls, planted: canaries.Canaries, tmp_path_factory: pytest.TempPathFactory
    ) -> books.Built:
        book = books.copy(tmp_path_factory.mktemp("whole") / "book")
        built = book.build(cohort=planted.folder)
        assert built.code == 0, built.said
        for tool in ("epub", "pdf"):
            done = whole_book.make(book.root, tool, COHORT=str(planted.folder))
            assert done.returncode == 0, done.stdout
        return built

    def test_nothing_identifying_is_in_any_file(
        self, planted: canaries.Canaries, built: books.Built
    ):
        files = canaries.under(built.folder.parent)
        kinds = {Path(name).suffix for name in files}
        assert {".html", ".ipynb", ".py", ".csv", ".svg", ".js", ".epub", ".pdf", ".db"} <= kinds
        assert not canaries.leaks(planted, files)
        shown = [
            name
            for name, content in files.items()
            for place, inside in canaries.unpacked(name, content)
            if disclosure.HIDDEN.encode() + b"1" in inside
        ]
        assert not shown

    def test_the_search_would_find_one_that_was_sent(
        self, planted: canaries.Canaries, built: books.Built
    ):
        """Each kind in each wrapping, put among the files."""
        for kind, texts in planted.kinds.items():
            files = {f"as {name}": content for name, content in canaries.wrapped(texts[0]).items()}
            found = canaries.leaks(planted, canaries.under(built.folder / "book") | files)
            assert {name.partition(":")[0] for name in found} == set(files), kind

    def test_every_page_says_what_is_left_out_and_leads_to_the_list(self, built: books.Built):
        pages = sorted(built.folder.glob("[bn]*o*/*.html"))
        assert len(pages) > 30
        for path in pages:
            html = path.read_text(encoding="utf-8")
            assert notice.AGGREGATES in html, path.name
            assert f"../{notice.NOT_SHOWN}.html" in html, path.name
            assert disclosed.MARK in html, path.name
        told = built.text(notice.NOT_SHOWN)
        assert "a figure of single patients" in told
        assert "a table of single patients" in told
        assert "cells left out" in told

    def test_it_is_neither_published_nor_released(self, built: books.Built, tmp_path: Path):
        with pytest.raises(publish.PublishError, match="another cohort"):
            publish.lay_out(built.folder, [], tmp_path / "published", "")
