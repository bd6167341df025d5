"""`template` and `fill` as a reader uses them: what is written, what is guessed, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import unusual
import yaml
from fixtures_core import invoke, run
from lifelines import datasets

from helpers import cohort, package, published
from helpers.cohort import expected
from helpers.mapping import codebook, guesses, openings, vocabulary

STUDY = published.load()
SERIES = """\
MRN;Name;Site of metastasis;Date diagnosis;Oligomet date;RT start;Birth date;Last follow-up;\
Death date;Histology;FIGO;Regional rec;Chemo;Size (cm);Treatment
4711;Anna;Lung;01.02.2010;13.05.2011;20.06.2011;03.03.1950;01.02.2015;;Squamous cell ca;IIB;no;yes;1,5;RT
4712;Berta;Neck;15.02.2010;13.06.2011;21.07.2011;03.03.1960;01.02.2013;03.03.2013;Adeno-Ca;IB1;yes;no;2,2;Surgery
4713;Clara;Lung;01.03.2010;13.07.2011;22.08.2011;03.03.1955;01.02.2016;;Squamous cell ca;IVA;no;no;0,8;RT
"""
COMPLETED = {"Neck:": "Neck: supraclavicular", "RT:": "RT: radiotherapy",
             "Adeno-Ca:": "Adeno-Ca: adenocarcinoma"}  # fmt: skip


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "series.csv"
    path.write_text(SERIES, encoding="utf-8")
    return path


def completed(folder: Path) -> None:
    """What a reader fills in, where the template says that something is missing."""
    path = folder / "mapping.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in COMPLETED.items():
        assert f"  {old}\n" in text
        text = text.replace(f"  {old}\n", f"  {new}\n")
    path.write_text(text, encoding="utf-8")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_empty_tables_and_a_codebook_of_all_columns(tmp_path):
    out = tmp_path / "my cohort"
    done = run("template", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(out) == ["codebook.csv", "lesions.csv", "patients.csv"]
    rows = list(csv.DictReader(io.StringIO((out / "codebook.csv").read_text("utf-8"))))
    named = [(row["table"], row["column"]) for row in rows]
    assert named == [(f"{table}.csv", column) for table, spec in STUDY.tables.items()
                     for column in spec.columns]  # fmt: skip
    for row in rows:
        about = STUDY.tables[row["table"].removesuffix(".csv")].columns[row["column"]]
        assert row["expected"] == expected(about)
        assert row["unit"] == about.unit
        assert row["meaning"].endswith(".")
    for table, spec in STUDY.tables.items():
        header = (out / f"{table}.csv").read_text("utf-8")
        assert header == f"{','.join(spec.columns)}\n"
    assert "rows were expected" in run("validate", out).stderr


def test_a_template_in_which_rows_are_written_is_valid(tmp_path):
    done = invoke("template", tmp_path / "c")
    assert done.exit_code == 0
    for name in STUDY.tables:
        shipped = (published.DATA / "cohort" / f"{name}.csv").read_text("utf-8")
        empty = tmp_path / "c" / f"{name}.csv"
        assert shipped.startswith(empty.read_text("utf-8"))
        empty.write_text(shipped, encoding="utf-8")
    assert invoke("validate", tmp_path / "c").exit_code == 0


@pytest.mark.parametrize("name", ["patients.csv", "codebook.csv"])
def test_nothing_is_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    done = invoke("template", tmp_path)
    assert done.exit_code == 2
    assert f"{name} would be overwritten" in done.stderr
    assert files(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_from_a_table_to_a_cohort(series, tmp_path):
    out = tmp_path / "c"
    done = run("template", out, "--from", series)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(out) == ["codebook.csv", "mapping.yaml"]
    early = run("fill", out)
    assert early.returncode == 2
    assert "behind 'Neck', found nothing" in early.stderr
    assert files(out) == ["codebook.csv", "mapping.yaml"]
    completed(out)
    done = run("fill", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "computed from RT start to Death date or Last follow-up" in done.stdout
    assert f"not used of {series}: Name" in done.stdout
    assert f"{out}: valid, 3 patients, 3 lesions" in done.stdout
    found = cohort.load(out)
    assert list(found.patients["site"]) == ["lung", "supraclavicular", "lung"]
    assert list(found.patients["died"]) == [0, 1, 0]
    assert list(found.patients["age_years"]) == [61, 51, 56]
    assert list(found.lesions["diameter_mm"]) == [15, 22, 8]
    again = invoke("fill", out)
    assert again.exit_code == 2
    assert "--replace does it" in again.stderr
    assert invoke("fill", out, "--replace").exit_code == 0
    assert invoke("validate", out).exit_code == 0


def test_a_table_with_slips_is_refused_and_nothing_is_written(series, tmp_path):
    out = tmp_path / "c"
    invoke("template", out, "--from", series)
    completed(out)
    slips = SERIES.replace("13.06.2011", "13.06.2009").replace("2,2", "2.2").replace("Lung", "Lnug")
    series.write_text(slips, encoding="utf-8")
    done = run("fill", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    told = done.stderr.splitlines()
    assert "3 kinds of fault, the most frequent first" in told[0]
    assert "found 'Lnug' (and 1 more cell)" in told[1]
    assert files(out) == ["codebook.csv", "mapping.yaml"]


def test_dates_that_could_be_two_are_left_to_the_reader(tmp_path):
    path = tmp_path / "own.csv"
    text = SERIES
    for number in (13, 15, 20, 21, 22):
        text = text.replace(f"{number}.", "05.")
    path.write_text(text, encoding="utf-8")
    out = tmp_path / "c"
    invoke("template", out, "--from", path)
    assert (
        "could be day-month-year or month-day-year: say which" in (out / "mapping.yaml").read_text()
    )
    completed(out)
    assert "day and month are known" in invoke("fill", out).stderr
    told = (out / "mapping.yaml").read_text("utf-8").replace("dates:\n", "dates: day-month-year\n")
    (out / "mapping.yaml").write_text(told, encoding="utf-8")
    assert invoke("fill", out).exit_code == 0


def test_columns_that_are_as_likely_are_left_to_the_reader(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("id,age,Age\n1,50,51\n2,60,61\n")
    found = guesses.guessed(STUDY, openings.opened(path))["patients"]
    assert found.remarks["age_years"] == "age and Age are as likely: say which"
    assert not found.columns["age_years"].is_said


def test_a_mapping_is_read_as_it_was_guessed(series, tmp_path):
    out = tmp_path / "c"
    invoke("template", out, "--from", series)
    read = vocabulary.read_mapping(out / "mapping.yaml")
    found = guesses.guessed(STUDY, openings.opened(series))
    for name, guess in found.items():
        said = {key: one for key, one in guess.columns.items() if one.is_said}
        assert read[name].columns == said
        assert read[name].separator == ";"
        assert read[name].decimal == ","
        assert read[name].dates == "day-month-year"


def test_columns_that_nothing_is_made_of_are_listed(series, tmp_path):
    invoke("template", tmp_path / "c", "--from", series)
    text = (tmp_path / "c" / "mapping.yaml").read_text("utf-8")
    assert "# Your columns that nothing is made of yet: Name\n" in text
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    invoke("template", tmp_path / "d", "--from", tmp_path / "other.csv")
    told = invoke("fill", tmp_path / "d").stderr.splitlines()
    assert "patients, site, follow_up_months, died: say of what they are made" in told[1]
    assert len(told) == 3


def test_no_name_of_a_person_is_in_a_mapping(series, tmp_path):
    invoke("template", tmp_path / "c", "--from", series)
    text = (tmp_path / "c" / "mapping.yaml").read_text("utf-8")
    for name in ("Anna", "Berta", "Clara", "4711", "03.03"):
        assert name not in text


def test_all_that_a_mapping_can_say_is_explained_in_it(series, tmp_path):
    invoke("template", tmp_path / "c", "--from", series)
    text = (tmp_path / "c" / "mapping.yaml").read_text("utf-8")
    for model in (vocabulary.OwnTable, vocabulary.OwnColumn):
        for name, field in model.model_fields.items():
            if name != "columns":
                assert f"#   {field.alias or name:<10} {field.description}\n" in text
    for table, spec in STUDY.tables.items():
        for about in spec.columns.values():
            assert f": {codebook.meaning(about, STUDY.tables[table])}" in text


# ---------------------------------------------------------------- files of other programs


def _read_series() -> pd.DataFrame:
    frame = pd.read_csv(io.StringIO(SERIES), sep=";", decimal=",", dtype={"MRN": str})
    for name in ("Date diagnosis", "Oligomet date", "RT start", "Birth date", "Last follow-up", "Death date"):  # fmt: skip
        frame[name] = pd.to_datetime(frame[name], format="%d.%m.%Y")
    return frame


def _filled(path: Path, out: Path) -> cohort.Cohort:
    done = invoke("template", out, "--from", path)
    assert done.exit_code == 0, done.stderr
    completed(out)
    done = invoke("fill", out)
    assert done.exit_code == 0, done.stderr
    return cohort.load(out)


@pytest.fixture
def wanted(series, tmp_path) -> cohort.Cohort:
    return _filled(series, tmp_path / "wanted")


def _same(found: cohort.Cohort, wanted: cohort.Cohort) -> None:
    for name, frame in wanted.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], frame)


def test_a_workbook(wanted, tmp_path):
    path = tmp_path / "series.xlsx"
    with pd.ExcelWriter(path) as book:
        _read_series().to_excel(book, index=False, sheet_name="Series")
        pd.DataFrame({"legend": ["x"]}).to_excel(book, index=False, sheet_name="Legend")
    _same(_filled(path, tmp_path / "c"), wanted)
    assert "sheet: Series" in (tmp_path / "c" / "mapping.yaml").read_text("utf-8")


def test_a_file_of_stata(wanted, tmp_path):
    path = tmp_path / "series.dta"
    frame = _read_series()
    names = {
        name: name.replace(" ", "_").replace("-", "").replace("(", "").replace(")", "")
        for name in frame
    }
    frame["Site of metastasis"] = pd.Categorical(frame["Site of metastasis"])
    frame = frame.rename(columns=names)
    dates = {
        name: "td"
        for name in frame
        if "date" in name.lower() or name in ("RT_start", "Last_followup")
    }
    frame.to_stata(path, write_index=False, convert_dates=dates)
    _same(_filled(path, tmp_path / "c"), wanted)


def test_a_file_of_spss(wanted, tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    path = tmp_path / "series.sav"
    frame = _read_series()
    labels = list(frame.columns)
    frame = frame.rename(columns={name: f"v{number}" for number, name in enumerate(labels, 1)})
    frame["v3"] = frame["v3"].map({"Lung": 1.0, "Neck": 2.0})
    for name in frame.select_dtypes("datetime"):
        frame[name] = frame[name].dt.date
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels=labels,
        variable_value_labels={"v3": {1.0: "Lung", 2.0: "Neck"}},
    )
    _same(_filled(path, tmp_path / "c"), wanted)


def test_without_the_reader_of_spss_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    (tmp_path / "series.sav").write_bytes(b"$FL2")
    done = invoke("template", tmp_path / "c", "--from", tmp_path / "series.sav")
    assert done.exit_code == 2
    assert "pip install pyreadstat" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("ending", ["sav", "dta", "xlsx", "csv", "pdf"])
def test_a_file_that_is_not_what_it_says_is_refused(ending, tmp_path):
    path = tmp_path / f"own.{ending}"
    path.write_bytes(b"\x00\x01nothing of it\x00" * 40)
    done = invoke("template", tmp_path / "c", "--from", path)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {path}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_encoding_is_found_and_said(wanted, tmp_path, encoding):
    path = tmp_path / "own.csv"
    path.write_bytes(SERIES.replace("Anna", "Änne").encode(encoding))
    _same(_filled(path, tmp_path / "c"), wanted)


def test_two_tables_of_one_cohort(tmp_path):
    for name in STUDY.tables:
        text = (published.DATA / "cohort" / f"{name}.csv").read_text("utf-8")
        (tmp_path / f"my {name}.csv").write_text(text.replace(",", ";").replace(".", ","), "utf-8")
    out = tmp_path / "c"
    given = [word for name in STUDY.tables for word in ("--from", tmp_path / f"my {name}.csv")]
    assert invoke("template", out, *given).exit_code == 0
    done = invoke("fill", out)
    assert done.exit_code == 0, done.stderr
    _same(cohort.load(out), cohort.load(published.DATA / "cohort"))


def test_an_export_of_redcap(tmp_path):
    found = cohort.load(published.DATA / "cohort")
    forms = ("redcap_repeat_instrument", "redcap_repeat_instance")
    frames = []
    for name in STUDY.tables:
        frame = pd.read_csv(published.DATA / "cohort" / f"{name}.csv", dtype=str)
        if name == "lesions":
            number = frame.groupby("patient_id").cumcount() + 1
            frame = frame.drop(columns="lesion_id").rename(columns={"site": "lesion_site"})
            frame = frame.assign(**{forms[0]: "lesion", forms[1]: number.astype(str)})
        frames.append(frame.rename(columns={"patient_id": "record_id"}))
    both = pd.concat(frames).sort_values("record_id", kind="stable")
    path = tmp_path / "export.csv"
    both[
        ["record_id", *forms, *(name for name in both if name not in ("record_id", *forms))]
    ].to_csv(path, index=False)
    out = tmp_path / "c"
    assert invoke("template", out, "--from", path).exit_code == 0
    done = invoke("fill", out)
    assert done.exit_code == 0, done.stderr
    back = cohort.load(out)
    pd.testing.assert_frame_equal(back.patients, found.patients)
    pd.testing.assert_frame_equal(
        back.lesions.drop(columns="lesion_id"), found.lesions.drop(columns="lesion_id")
    )


def test_columns_of_several_lesions(tmp_path):
    header, *rows = SERIES.splitlines()
    sizes = ["1,5;0,7", "2,2;", "0,8;1,1"]
    lines = [header.replace("Size (cm)", "size1_cm;size2_cm")]
    for row, size, old in zip(rows, sizes, ("1,5", "2,2", "0,8"), strict=True):
        lines.append(row.replace(f";{old};", f";{size};"))
    path = tmp_path / "own.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = _filled(path, tmp_path / "c")
    assert list(found.lesions["diameter_mm"]) == [15, 7, 22, 8, 11]
    assert list(found.lesions["patient_id"]) == ["4711", "4711", "4712", "4713", "4713"]


def test_rows_of_lesions_with_their_patient_beside_them(tmp_path):
    header, *rows = SERIES.splitlines()
    rows.insert(1, rows[0].replace(";1,5;", ";0,7;"))
    path = tmp_path / "own.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = _filled(path, tmp_path / "c")
    assert list(found.patients["patient_id"]) == ["4711", "4712", "4713"]
    assert list(found.lesions["diameter_mm"]) == [15, 7, 22, 8]
    rows[1] = rows[1].replace("IIB", "IVA")
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    done = invoke("fill", tmp_path / "c", "--replace")
    assert (
        "column FIGO, row 3: the same as in row 2, of the same patient_id, was expected"
        in done.stderr
    )


def test_the_mapping_of_one_table_serves_another(series, tmp_path):
    invoke("template", tmp_path / "a", "--from", series)
    completed(tmp_path / "a")
    said = yaml.safe_load((tmp_path / "a" / "mapping.yaml").read_text("utf-8"))
    assert said["patients"]["table"] == "../series.csv"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mapping.yaml").write_bytes((tmp_path / "a" / "mapping.yaml").read_bytes())
    series.write_text(SERIES.replace("4711", "1"), encoding="utf-8")
    assert invoke("fill", tmp_path / "b").exit_code == 0
    assert cohort.load(tmp_path / "b").patients["patient_id"][0] == "1"


HOW_TO = Path(__file__).parents[2] / "book" / "how-to-use.md"


def test_the_public_cohort_of_the_how_to(tmp_path, monkeypatch):
    """As the page has it: the commands, and the mapping that it shows."""
    section = HOW_TO.read_text("utf-8").partition("### A public cohort")[2].partition("\n### ")[0]
    shell, mapping = (
        section.partition(f"```{kind}\n")[2].partition("```")[0] for kind in ("shell", "yaml")
    )
    monkeypatch.chdir(tmp_path)
    for line in shell.splitlines():
        words = shlex.split(line)
        assert words[0] == ".venv/bin/python"
        done = subprocess.run(
            [sys.executable, *words[1:]], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    guessed = vocabulary.read_mapping(tmp_path / "gbsg" / "mapping.yaml")
    Path("gbsg/mapping.yaml").write_text(mapping, encoding="utf-8")
    completed = vocabulary.read_mapping(tmp_path / "gbsg" / "mapping.yaml")
    for name, table in guessed.items():
        for column, said in table.columns.items():
            assert not said.is_said or said == completed[name].columns[column], column
    done = invoke("fill", "gbsg")
    assert done.exit_code == 0, done.stderr
    own = datasets.load_gbsg2()
    found = cohort.load("gbsg")
    assert len(found.patients) == len(own)
    assert list(found.patients["died"]) == list(own["cens"])
    months = (own["time"] / cohort.DAYS_PER_MONTH).round(3)
    assert found.patients["follow_up_months"].tolist() == pytest.approx(list(months))
    assert list(found.lesions["diameter_mm"]) == list(own["tsize"])
    assert (
        "not used of gbsg2.csv: (no name), menostat, tgrade, pnodes, progrec, estrec" in done.stdout
    )
    may_be = [name for name, about in STUDY.tables["patients"].columns.items()
              if not about.needed and name not in ("systemic_therapy", "age_years")]  # fmt: skip
    assert f"left out: {', '.join(may_be)}\n" in done.stdout
    assert set(found.patients).isdisjoint(may_be)


# ---------------------------------------------------------------- levels of one's own, columns that are missing

BREAST = """\
id,Site,Histology,Follow-up (months),Died,Size (mm)
1,Bone,NST,10,yes,12
2,Liver,ILC,20,no,14
3,brain,NST,30,no,22
"""
SITES = ["bone", "liver", "brain"]


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A folder in which a cohort of another disease declares its levels."""
    (tmp_path / "breast.csv").write_text(BREAST, encoding="utf-8")
    folder = tmp_path / "ward"
    folder.mkdir()
    _declare(folder, {"site": SITES, "histology": "as found", "treatment": "as found"})
    return folder


def _declare(folder: Path, levels: object) -> None:
    about = {"title": "Breast, ward nine", "levels": levels}
    (folder / "datapackage.json").write_text(json.dumps(about), encoding="utf-8")


def _template(folder: Path) -> None:
    done = invoke("template", folder, "--from", folder.parent / "breast.csv")
    assert done.exit_code == 0, done.stderr


def _exchange(folder: Path, old: str, new: str) -> None:
    path = folder / "mapping.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_cohort_is_held_to_the_levels_that_it_declares(ward):
    _template(ward)
    read = vocabulary.read_mapping(ward / "mapping.yaml")
    for table in ("patients", "lesions"):
        told = {"Bone": "bone", "Liver": "liver", "brain": "brain"}
        assert dict(read[table].columns["site"])["values"] == told
    assert not dict(read["patients"].columns["histology"])["values"]
    text = (ward / "mapping.yaml").read_text("utf-8")
    assert "# one of bone, liver, brain: Site of" in text
    assert "# one of ILC, NST: Histology" in text
    assert "# a word: Local treatment" in text
    rows = list(csv.DictReader(io.StringIO((ward / "codebook.csv").read_text("utf-8"))))
    assert rows[1]["expected"] == "one of bone, liver, brain"
    done = invoke("fill", ward)
    assert done.exit_code == 0, done.stderr
    assert invoke("validate", ward).exit_code == 0
    found = cohort.load(ward)
    assert found.name == "Breast, ward nine"
    for frame in found.tables.values():
        assert list(frame["site"].cat.categories) == SITES
        assert list(frame["site"]) == SITES
    assert list(found.patients["histology"]) == ["NST", "ILC", "NST"]


def test_words_as_found_are_kept_as_they_are(ward):
    _declare(ward, {"site": "as found"})
    _template(ward)
    assert not dict(vocabulary.read_mapping(ward / "mapping.yaml")["patients"].columns["site"])[
        "values"
    ]
    assert "# ? say what each of your words means" in (ward / "mapping.yaml").read_text("utf-8")
    _exchange(ward, "        ILC:\n        NST:\n", "        ILC: other\n        NST: other\n")
    done = invoke("fill", ward)
    assert done.exit_code == 0, done.stderr
    found = cohort.load(ward)
    assert list(found.patients["site"]) == ["Bone", "Liver", "brain"]
    assert list(found.lesions["site"].cat.categories) == ["Bone", "Liver", "brain"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "{from: Site, values: {Bone: spine, Liver: soft, brain: soft}}",
            ["spine", "soft", "soft"],
        ),
        ("{value: soft}", ["soft"] * 3),
    ],
)
def test_words_as_found_can_be_those_of_the_mapping(ward, said, wanted):
    _declare(ward, {"site": "as found", "histology": "as found"})
    _template(ward)
    text = (ward / "mapping.yaml").read_text("utf-8")
    first, second = text.split("    site: {from: Site}\n", 1)
    text = f"{first}    site: {said}\n{second.replace('site: {from: Site}', 'site: {owner: site}')}"
    (ward / "mapping.yaml").write_text(text, encoding="utf-8")
    done = invoke("fill", ward)
    assert done.exit_code == 0, done.stderr
    found = cohort.load(ward)
    assert list(found.patients["site"]) == wanted
    assert list(found.lesions["site"]) == wanted


def test_a_word_as_found_without_a_meaning_is_asked_for(ward):
    _declare(ward, {"site": "as found", "histology": "as found"})
    _template(ward)
    _exchange(ward, "{from: Site}", '{from: Site, values: {Bone: spine, Liver: "", brain: brain}}')
    assert "was expected behind 'Liver', found nothing" in invoke("fill", ward).stderr


def test_a_word_that_is_not_declared_is_refused(ward):
    _template(ward)
    _declare(ward, {"site": ["bone", "liver"], "histology": "as found"})
    done = invoke("fill", ward)
    assert done.exit_code == 2
    assert "one of bone, liver was expected behind 'brain', found 'brain'" in done.stderr
    _declare(ward, {"site": "bone"})
    for command in (["fill", ward], ["template", ward]):
        assert "levels of site: a list of different texts" in invoke(*command).stderr
    assert files(ward) == ["codebook.csv", "datapackage.json", "mapping.yaml"]


def test_a_column_that_may_be_missing_is_left_out_where_nothing_is_behind_it(ward):
    _template(ward)
    assert "    age_years:\n" in (ward / "mapping.yaml").read_text("utf-8")
    _exchange(ward, "    histology: {from: Histology}\n", "    histology:\n")
    done = invoke("fill", ward)
    assert done.exit_code == 0, done.stderr
    for table, spec in STUDY.tables.items():
        gone = [name for name, about in spec.columns.items() if not about.needed and name != "site"]
        assert f"  left out: {', '.join(gone)}\n" in done.stdout
        assert set(gone).isdisjoint(pd.read_csv(ward / f"{table}.csv"))
    assert "This cohort has no column histology in patients.csv." in done.stdout
    assert invoke("validate", ward).exit_code == 0


def test_a_column_that_is_needed_is_asked_for_where_nothing_is_behind_it(ward):
    _template(ward)
    said = yaml.safe_load((ward / "mapping.yaml").read_text("utf-8"))
    said["patients"]["columns"] = {
        name: one for name, one in said["patients"]["columns"].items() if one and name != "died"
    }
    said["lesions"]["columns"] = {
        name: one for name, one in said["lesions"]["columns"].items() if one
    }
    (ward / "mapping.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    done = invoke("fill", ward)
    assert done.exit_code == 2
    assert "patients, died: say of what it is made" in done.stderr
    assert files(ward) == ["codebook.csv", "datapackage.json", "mapping.yaml"]


def test_a_column_with_a_misspelt_name_is_not_left_out(ward):
    _template(ward)
    _exchange(ward, "    histology: {", "    histolgy: {")
    done = invoke("fill", ward)
    assert "patients, histolgy: the contract has no such column" in done.stderr
    assert "patients, histology: say of what it is made" in done.stderr


def test_a_column_in_which_nothing_stands_is_there_all_the_same(ward):
    """That nobody has had a progression is another thing than that nothing is known of it."""
    lines = BREAST.splitlines()
    text = "\n".join([f"{lines[0]},Progression (months)", *(f"{line}," for line in lines[1:])])
    (ward.parent / "breast.csv").write_text(f"{text}\n", encoding="utf-8")
    _template(ward)
    done = invoke("fill", ward)
    assert done.exit_code == 0, done.stderr
    found = cohort.load(ward)
    assert found.patients["progression_months"].isna().all()
    assert "progression_months" not in found.lacking


@pytest.mark.parametrize("name", unusual.COHORTS)
def test_every_cohort_under_its_own_names_is_found_whole(name, tmp_path):
    """The names of the contract need no completion, whatever the cohort is."""
    folder = unusual.COHORTS[name](tmp_path / "straight")
    given = [word for table in STUDY.tables for word in ("--from", folder / f"{table}.csv")]
    if (folder / "datapackage.json").exists():
        package.write(
            tmp_path / "c", {"datapackage.json": (folder / "datapackage.json").read_bytes()}
        )
    done = invoke("template", tmp_path / "c", *given)
    assert done.exit_code == 0, done.stderr
    done = invoke("fill", tmp_path / "c")
    assert done.exit_code == 0, done.stderr
    _same(cohort.load(tmp_path / "c"), cohort.load(folder))


def _guess(path: Path, text: str) -> dict[str, guesses.Guess]:
    path.write_text(text, encoding="utf-8")
    return guesses.guessed(STUDY, openings.opened(path))


def test_dates_of_several_orders_are_said_for_each_column(series, tmp_path):
    text = SERIES.replace("20.06.2011", "2011-06-20").replace("21.07.2011", "2011-07-21")
    series.write_text(text.replace("22.08.2011", "2011-08-22"), encoding="utf-8")
    wanted = {"RT start": "year-month-day", "Last follow-up": "day-month-year"}
    said = guesses.guessed(STUDY, openings.opened(series))["patients"].said
    assert isinstance(said.dates, dict)
    assert wanted.items() <= said.dates.items()
    invoke("template", tmp_path / "c", "--from", series)
    completed(tmp_path / "c")
    done = invoke("fill", tmp_path / "c")
    assert done.exit_code == 0, done.stderr
    assert list(cohort.load(tmp_path / "c").patients["age_years"]) == [61, 51, 56]


def test_codes_that_could_be_either_are_not_guessed(tmp_path):
    found = _guess(tmp_path / "own.csv", "id,status\n1,1\n2,2\n3,1\n")["patients"]
    assert dict(found.columns["died"])["values"] == {"1": "", "2": ""}


def test_few_rows_may_have_every_level(tmp_path):
    rows = "".join(f"p{i},{level}\n" for i, level in enumerate(("IB", "IIA", "III", "IV", "IV")))
    found = _guess(tmp_path / "own.csv", f"patient_id,figo_stage\n{rows}")["patients"]
    assert found.columns["figo_stage"].source == ("figo_stage",)


def test_a_blank_behind_yes_and_no_is_asked_for(series, tmp_path):
    series.write_text(SERIES.replace(";no;yes;", ";no;;"), encoding="utf-8")
    out = tmp_path / "c"
    invoke("template", out, "--from", series)
    completed(out)
    assert "0 or 1 was expected behind '', found nothing" in invoke("fill", out).stderr
    path = out / "mapping.yaml"
    path.write_text(path.read_text("utf-8").replace('"":\n', '"": 0\n'), encoding="utf-8")
    done = invoke("fill", out)
    assert done.exit_code == 0, done.stderr
    assert "nothing is 0" in done.stdout
    assert list(cohort.load(out).patients["systemic_therapy"]) == [0, 0, 0]


def test_a_line_for_spreadsheets_is_no_header(wanted, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"sep=;\n{SERIES}", encoding="utf-8")
    _same(_filled(path, tmp_path / "c"), wanted)


@pytest.mark.parametrize("what", ["merged", "formula"])
def test_cells_that_only_a_person_sees_are_refused(what, tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "age"], [1, 50], [2, "=B2+1"] if what == "formula" else [2, None]):
        book.active.append(row)
    if what == "merged":
        book.active.merge_cells("B2:B3")
    book.save(tmp_path / "own.xlsx")
    done = invoke("template", tmp_path / "c", "--from", tmp_path / "own.xlsx")
    assert done.exit_code == 2
    assert {"merged": "B2:B3", "formula": "cell B3"}[what] in done.stderr


def test_a_public_cohort_as_r_writes_it(tmp_path):
    """`lung` of R's survival, as write.csv2 has it: semicolons, NA, a column without a name, codes."""
    lung = datasets.load_lung().convert_dtypes()
    lung["status"] += 1  # which lifelines has as 0 and 1
    lung.index += 1
    lung.to_csv(tmp_path / "lung.csv", sep=";", decimal=",", na_rep="NA")
    invoke("template", tmp_path / "c", "--from", tmp_path / "lung.csv")
    path = tmp_path / "c" / "mapping.yaml"
    text = path.read_text("utf-8")
    assert '  separator: ";"\n  missing: NA\n' in text
    read = vocabulary.read_mapping(path)
    assert dict(read["patients"].columns["died"])["values"] == {"1": "", "2": ""}
    assert read["patients"].columns["follow_up_months"].unit == "days"
    said = yaml.safe_load(text)
    for name in ("patients", "lesions"):
        said[name]["rows"] = {"ph.ecog": ["0", "1", "2"]}
    said["patients"]["columns"] |= {
        "site": {"value": "lung"}, "treatment": {"value": "radiotherapy"}, "histology": {"value": "other"},
        "months_to_oligometastasis": {"value": "0"}, "treatment_date": {"value": "1990-01-01"},
        "regional_recurrence": {"from": "sex", "values": {"1": "0", "2": "1"}},
        "systemic_therapy": {"value": "0"}, "progression_months": {},
        "figo_stage": {"from": "ph.ecog", "values": {"0": "I", "1": "II", "2": "III"}},
        "died": {"from": "status", "values": {"1": "0", "2": "1"}},
    }  # fmt: skip
    said["lesions"]["columns"] |= {"site": {"owner": "site"}, "diameter_mm": {"value": "20"},
                                   "local_recurrence_months": {}, "months_since_negative_ct": {}}  # fmt: skip
    path.write_text(yaml.safe_dump(said), encoding="utf-8")
    done = invoke("fill", tmp_path / "c")
    assert done.exit_code == 0, done.stderr
    kept = lung[lung["ph.ecog"].isin([0, 1, 2])]
    assert f"patients.csv: {len(kept)} rows" in done.stdout
    assert f"{len(lung) - len(kept)} passed over" in done.stdout
    found = cohort.load(tmp_path / "c").patients
    assert list(found["died"]) == list(kept["status"] - 1)
    assert found["follow_up_months"].tolist() == pytest.approx(
        list((kept["time"] / 30.4375).round(3))
    )
