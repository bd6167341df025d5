"""The data contract: what is accepted, and what is refused with file, column, row and why."""

from __future__ import annotations

import json
import os
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from fixtures_core import INVENTED, dump, invented, lesions, patients, raw, reconstruction, write

from helpers import cohort, package, published
from helpers.cohort import CohortError
from helpers.contract import columns, recorded


def _refused(folder, study=None):
    with pytest.raises(CohortError) as refused:
        cohort.load(folder, study)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(str(folder))
    return message.removeprefix(f"{folder}{os.sep}")


def test_a_cohort_that_meets_the_contract_is_loaded_with_its_derived_columns(tmp_path):
    found = cohort.load(write(tmp_path / "mine"))
    assert (found.name, found.synthetic, found.folder) == ("mine", False, tmp_path / "mine")
    assert len(found.patients) == 12
    assert len(found.lesions) == 16
    frame = found.patients
    assert frame["n_lesions"].tolist() == [2, 1, 1] * 4
    largest = found.lesions.groupby("patient_id")["diameter_mm"].max()
    assert (frame.set_index("patient_id")["max_diameter_mm"] == largest).all()
    assert frame["progressed"].tolist() == [1] + [0] * 11, "progression on the last day counts"
    assert (frame["progression_time_months"] == frame["follow_up_months"]).all()
    assert frame["local_recurrence"].sum() == 0
    assert (frame["local_time_months"] == frame["follow_up_months"]).all()
    assert list(frame["size_group"].cat.categories) == ["≤15 mm", ">15 mm"]
    assert list(frame["site_group"].cat.categories) == ["supraclavicular", "other sites"]
    assert (
        (frame["site_group"] == "supraclavicular") == (frame["site"] == "supraclavicular")
    ).all()
    assert frame["treatment_date"].dt.year.eq(2012).all()
    assert frame["died"].dtype == frame["age_years"].dtype == np.int64


def test_15_mm_itself_is_small(tmp_path):
    second = lesions()
    second["diameter_mm"] = ["15", *["16"] * 15]
    second.loc[second["patient_id"] == "P001", "diameter_mm"] = "15"
    frame = cohort.load(write(tmp_path / "c", None, second)).patients
    assert frame["size_group"].tolist() == ["≤15 mm"] + [">15 mm"] * 11


def test_the_first_local_recurrence_counts(tmp_path):
    second = lesions()
    second.loc[second["patient_id"] == "P001", "local_recurrence_months"] = ["9.5", "3.0"]
    frame = cohort.load(write(tmp_path / "c", None, second)).patients
    assert frame.loc[0, ["local_recurrence", "local_time_months"]].tolist() == [1, 3.0]


P, L = "patients", "lesions"
BAD_CELLS = {
    "number a word": (P, "follow_up_months", "long", "a number from 0 to 600"),
    "negative time": (P, "follow_up_months", "-1.0", "a number from 0 to 600"),
    "time too long": (P, "follow_up_months", "6000", "a number from 0 to 600"),
    "time blank": (P, "follow_up_months", "", "a number from 0 to 600"),
    "typed NaN": (P, "follow_up_months", "NaN", "a number from 0 to 600"),
    "typed nan, optional": (P, "progression_months", "nan", "a number from 0 to 600 or nothing"),
    "typed NA, optional": (P, "progression_months", "NA", "a number from 0 to 600 or nothing"),
    "infinite": (P, "follow_up_months", "inf", "a number from 0 to 600"),
    "huge": (P, "follow_up_months", "1e999", "a number from 0 to 600"),
    "underscore": (P, "follow_up_months", "1_0", "a number from 0 to 600"),
    "other digits": (P, "follow_up_months", "１２", "a number from 0 to 600"),
    "decimal comma": (P, "follow_up_months", "12,5", "a number from 0 to 600"),
    "unit in the cell": (P, "follow_up_months", "24 months", "a number from 0 to 600"),
    "flag 2": (P, "died", "2", "0 or 1"),
    "flag a word": (P, "died", "yes", "0 or 1"),
    "flag a fraction": (P, "died", "0.5", "0 or 1"),
    "flag blank": (P, "died", "", "0 or 1"),
    "integer a fraction": (P, "age_years", "52.5", "a whole number from 18 to 110"),
    "integer too small": (P, "age_years", "5", "a whole number from 18 to 110"),
    "unknown category": (P, "site", "liver", "one of supraclavicular, lung, other"),
    "category in capitals": (P, "site", "Lung", "one of supraclavicular, lung, other"),
    "category blank": (P, "histology", "", "one of squamous, adenocarcinoma, other"),
    "category NaN": (P, "histology", "nan", "one of squamous, adenocarcinoma, other"),
    "Excel date": (P, "treatment_date", "31.05.2019", "a date such as 2019-05-31"),
    "American date": (P, "treatment_date", "5/31/2019", "a date such as 2019-05-31"),
    "Excel serial": (P, "treatment_date", "43616", "a date such as 2019-05-31"),
    "basic date": (P, "treatment_date", "20190531", "a date such as 2019-05-31"),
    "week date": (P, "treatment_date", "2019-W05-1", "a date such as 2019-05-31"),
    "date and time": (P, "treatment_date", "2019-05-31 00:00", "a date such as 2019-05-31"),
    "no such date": (P, "treatment_date", "2019-02-30", "a date such as 2019-05-31"),
    "date out of reach": (P, "treatment_date", "1019-05-31", "from 1950-01-01 to 2099-12-31"),
    "date blank": (P, "treatment_date", "", "a date such as 2019-05-31"),
    "id blank": (P, "patient_id", "", "an identifier"),
    "id twice": (P, "patient_id", "P001", "an identifier that stands once"),
    "lesion id twice": (L, "lesion_id", "L001", "an identifier that stands once"),
    "diameter a fraction": (L, "diameter_mm", "12.5", "a whole number from 1 to 300"),
    "diameter 0": (L, "diameter_mm", "0", "a whole number from 1 to 300"),
    "orphan": (L, "patient_id", "P999", "a patient_id of patients.csv"),
    "owner blank": (L, "patient_id", "", "an identifier"),
}


@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_bad_cell_is_named_by_file_column_and_line(case, tmp_path):
    table, column, value, wanted = BAD_CELLS[case]
    tables = {P: patients(), L: lesions()}
    tables[table].loc[4, column] = value
    message = _refused(write(tmp_path / "c", tables[P], tables[L]))
    shown = repr(value) if value else "nothing"
    assert message.startswith(f"{table}.csv, column {column}, row 6: "), message
    assert wanted in message
    assert f"was expected, found {shown}" in message


def test_a_decimal_comma_is_explained(tmp_path):
    first = patients()
    first["follow_up_months"] = first["follow_up_months"].str.replace(".", ",")
    message = _refused(write(tmp_path / "c", first))
    assert "a comma where a decimal point belongs (and 11 more cells)" in message
    assert "row 2" in message


def test_every_kind_of_fault_is_told_at_once_the_most_frequent_first(tmp_path):
    first = patients()
    first["follow_up_months"] = first["follow_up_months"].str.replace(".", ",")
    first.loc[:3, "site"] = ["Lung", "Lung", "Lung", "liver"]
    first.loc[5, "site"] = ""
    second = lesions().drop(columns=["lesion_id", "diameter_mm"])
    second.loc[1, "patient_id"] = "P999"
    folder = write(tmp_path / "c", first, second)
    with pytest.raises(CohortError) as refused:
        cohort.load(folder)
    head, *lines = str(refused.value).splitlines()
    assert head == f"{folder}: 5 kinds of fault, the most frequent first"
    places = [line.removeprefix(f"- {folder}{os.sep}") for line in lines]
    assert places[0].startswith("patients.csv, column follow_up_months, row 2: a number")
    assert places[0].endswith("a comma where a decimal point belongs (and 11 more cells)")
    assert places[1].endswith("found 'Lung' (and 2 more cells)")
    assert places[2].startswith("lesions.csv, columns lesion_id, diameter_mm: they are missing;")
    assert places[3].endswith("found 'liver'")
    assert places[4].endswith(
        "row 7: one of supraclavicular, lung, other was expected, found nothing"
    )
    assert [fault.times for fault in refused.value.faults] == [12, 3, 2, 1, 1]


def test_words_that_a_column_does_not_know_are_told_one_by_one_up_to_five(tmp_path):
    first = patients()
    first["site"] = [f"place {number}" for number in range(len(first))]
    with pytest.raises(CohortError) as refused:
        cohort.load(write(tmp_path / "c", first))
    assert len(refused.value.faults) == 6
    assert sum(fault.times for fault in refused.value.faults) == len(first)


@pytest.mark.parametrize("table", [P, L])
def test_a_missing_file_is_named(table, tmp_path):
    folder = write(tmp_path / "c")
    (folder / f"{table}.csv").unlink()
    assert _refused(folder) == f"{table}.csv: no such file"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, name)
        for table, spec in published.load().tables.items()
        for name, column in spec.columns.items()
        if column.needed
    ],
)
def test_a_missing_column_is_named(table, column, tmp_path):
    tables = {P: patients(), L: lesions()}
    tables[table] = tables[table].drop(columns=column)
    message = _refused(write(tmp_path / "c", tables[P], tables[L]))
    assert message.startswith(f"{table}.csv, column {column}: it is missing; found ")


@pytest.mark.parametrize("slip", ["Histology", "histolgy", "histology_"])
def test_a_slip_in_the_name_of_a_column_that_may_be_missing_is_told(slip, tmp_path):
    message = _refused(write(tmp_path / "c", patients().rename(columns={"histology": slip})))
    assert message.startswith("patients.csv, column histology: it is missing; found ")


def test_a_folder_that_is_none(tmp_path):
    assert "patients.csv and lesions.csv was expected, found nothing" in _refused(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    assert "was expected, found a file" in _refused(tmp_path / "file")


def test_a_folder_where_a_file_should_be(tmp_path):
    folder = write(tmp_path / "c")
    (folder / "lesions.csv").unlink()
    (folder / "lesions.csv").mkdir()
    assert _refused(folder) == "lesions.csv: not readable: Is a directory"


@pytest.mark.parametrize(("count", "lesions_"), [(0, [0]), (4, [1, 1, 1, 1])])
def test_a_patient_has_one_to_three_lesions(count, lesions_, tmp_path):
    second = lesions()
    second = second[second["patient_id"] != "P005"]
    if count:
        more = pd.concat([lesions().iloc[[1]]] * count)
        more["patient_id"] = "P005"
        more["lesion_id"] = [f"X{i}" for i in range(count)]
        second = pd.concat([second, more])
    assert _refused(write(tmp_path / "c", None, second)) == (
        "patients.csv, column patient_id, row 6: 1 to 3 rows of lesions.csv were expected for "
        f"'P005', found {count}"
    )


def test_a_recurrence_after_the_end_of_follow_up(tmp_path):
    first = patients()
    first.loc[2, "follow_up_months"] = "24.0"
    first.loc[2, "progression_months"] = "24.1"
    assert _refused(write(tmp_path / "c", first)) == (
        "patients.csv, column progression_months, row 4: at most follow_up_months (24) was "
        "expected, found '24.1'"
    )
    first.loc[2, "progression_months"] = ""
    second = lesions()
    second.loc[2, "local_recurrence_months"] = "25"
    assert _refused(write(tmp_path / "c", first, second)) == (
        "lesions.csv, column local_recurrence_months, row 4: at most follow_up_months (24) was "
        "expected, found '25'"
    )
    second.loc[2, "local_recurrence_months"] = "24.0"
    cohort.load(write(tmp_path / "c", first, second))


def test_a_rule_on_dates_that_is_not_assumed_is_checked(tmp_path):
    data = raw()
    data["rules"][-1]["assumed"] = False
    path = tmp_path / "s.yaml"
    dump(path, data)
    first = patients()
    folder = write(tmp_path / "c", first)
    cohort.load(folder, published.load(path))
    first.loc[3, ["treatment_date", "follow_up_months"]] = ["2022-05-01", "1.1"]
    folder = write(tmp_path / "c", first)
    cohort.load(folder)
    message = _refused(folder, published.load(path))
    assert message.startswith("patients.csv, column treatment_date, row 5: a date that with")
    assert "ends by 2022-05-31 was expected, found '2022-05-01'" in message


def _text(name="patients"):
    frame = patients() if name == "patients" else lesions()
    return frame.to_csv(index=False)


def _ragged(text, change):
    lines = text.splitlines()
    lines[4] = change(lines[4])
    return "\n".join(lines)


BAD_FILES = {
    "empty": (b"", "patients.csv: a header and rows were expected, found an empty file"),
    "only blank lines": (b"\n\n", "patients.csv: a header and rows were expected, found an empty"),
    "only a BOM": (
        b"\xef\xbb\xbf",
        "patients.csv: a header and rows were expected, found an empty",
    ),
    "only a header": (
        _text().splitlines()[0].encode(),
        "patients.csv: rows were expected, found only a header",
    ),
    "Latin-1": (
        _text().replace("squamous", "squamös", 1).encode("latin-1"),
        "patients.csv, row 2: text in UTF-8 was expected, found byte 0xf6; save",
    ),
    "UTF-16": (
        _text().encode("utf-16"),
        "patients.csv, row 1: text in UTF-8 was expected, found byte 0xff",
    ),
    "UTF-16 without mark": (
        _text().encode("utf-16-le"),
        "patients.csv: text in UTF-8 was expected",
    ),
    "semicolons": (
        _text().replace(",", ";").encode(),
        "patients.csv: columns separated by commas were expected, found semicolons; save",
    ),
    "tabs": (_text().replace(",", "\t").encode(), "separated by commas were expected, found tabs"),
    "a row too short": (
        _ragged(_text(), lambda line: line.rsplit(",", 1)[0]).encode(),
        "patients.csv, row 5: 13 cells were expected, found 12",
    ),
    "a row too long": (
        _ragged(_text(), lambda line: line + ",x").encode(),
        "patients.csv, row 5: 13 cells were expected, found 14",
    ),
    "every row too long": (
        _text().replace("\n", ",1\n").replace(",1\n", "\n", 1).encode(),
        "patients.csv, row 2: 13 cells were expected, found 14",
    ),
    "cut off": (_text().encode()[:-30], "patients.csv, row 13: 13 cells were expected, found"),
    "a blank line within": (
        _ragged(_text(), lambda line: "\n" + line).encode(),
        "patients.csv, row 5: 13 cells were expected, found a blank line",
    ),
    "a quote left open": (
        _ragged(_text(), lambda line: '"' + line).encode(),
        "patients.csv, row 13: not readable as CSV: unexpected end of data",
    ),
    "a column twice": (
        _text().replace("died", "site", 1).encode(),
        "patients.csv, column died: it is missing",
    ),
    "an extra column twice": (
        re.sub(r"\n(?=.)", ",1,1\n", "\n" + _text())[5:]
        .replace("progression_months", "progression_months,x,x", 1)
        .encode(),
        "patients.csv, column x: it stands twice",
    ),
    "a zip archive": (b"PK\x03\x04\x00\x00\xff\xfe", "patients.csv, row 1: text in UTF-8"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused(case, tmp_path):
    content, message = BAD_FILES[case]
    folder = write(tmp_path / "c")
    (folder / "patients.csv").write_bytes(content)
    with pytest.raises(CohortError, match=r"patients\.csv") as refused:
        cohort.load(folder)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: (text + "\n\n\r\n").encode(),
        lambda text: (text + "," * 12 + "\n" + "," * 12 + "\n").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace(",", ", ").encode(),
        lambda text: re.sub(r"([^,\n]+)", r'"\1"', text, count=20).encode(),
    ],
    ids=["BOM", "CRLF", "blank end", "Excel's empty rows", "no last newline", "spaces", "quotes"],
)
def test_harmless_ways_to_write_a_file_are_accepted(change, tmp_path):
    expected = cohort.load(write(tmp_path / "c")).patients
    for table in (P, L):
        path = tmp_path / "c" / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        if table == P:
            path.write_bytes(change(text))
    pd.testing.assert_frame_equal(cohort.load(tmp_path / "c").patients, expected)


def test_extra_columns_and_other_orders_are_kept(tmp_path):
    first = patients().assign(remark="a, b", centre="7")[::-1]
    found = cohort.load(write(tmp_path / "c", first[sorted(first.columns)])).patients
    assert found["remark"].eq("a, b").all()
    assert found["patient_id"].tolist() == first["patient_id"].tolist()
    assert found["n_lesions"].tolist() == [2, 1, 1][::-1] * 4


def test_a_row_after_a_cell_of_two_lines_is_named_by_its_line(tmp_path):
    first = patients().assign(remark="x")
    first.loc[0, "remark"] = "two\nlines"
    first.loc[3, "died"] = "maybe"
    assert "column died, row 6: 0 or 1" in _refused(write(tmp_path / "c", first))


def test_one_patient_is_a_cohort(tmp_path):
    found = cohort.load(
        write(tmp_path / "c", patients(1), lesions(1).drop_duplicates("patient_id"))
    )
    assert len(found.patients) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "datapackage.json: not readable as JSON"),
        (b"\xff", "datapackage.json: not readable as JSON"),
        (b"[1]", "datapackage.json: a JSON object was expected, found list"),
        (b'{"synthetic": "yes"}', "true or false was expected for synthetic, found 'yes'"),
    ],
)
def test_a_package_that_cannot_be_read_is_refused(content, message, tmp_path):
    folder = write(tmp_path / "c")
    (folder / "datapackage.json").write_bytes(content)
    assert message in _refused(folder)


def test_the_package_names_the_cohort(tmp_path):
    folder = write(tmp_path / "c")
    (folder / "datapackage.json").write_text('{"title": "Our clinic", "synthetic": true}')
    found = cohort.load(folder)
    assert (found.name, found.synthetic) == ("Our clinic", True)


def test_the_environment_names_the_cohort(tmp_path, monkeypatch):
    monkeypatch.setenv("COHORT", str(write(tmp_path / "theirs")))
    assert cohort.load().name == "theirs"


@pytest.mark.parametrize("which", ["shipped", "oligometastases", "invented"])
def test_frictionless_accepts_the_package(which, tmp_path):
    from frictionless import Package

    folder = published.DATA / "cohort"
    if which == "shipped":
        if not (folder / "datapackage.json").exists():
            pytest.skip("no cohort is shipped yet")
    else:
        folder = tmp_path
        study = published.load(INVENTED if which == "invented" else None)
        found = invented() if which == "invented" else reconstruction()
        package.write(folder, package.files(study, found.tables, "a-name", "A title"))
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])
    about = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    fields = [field for resource in about["resources"] for field in resource["schema"]["fields"]]
    assert {field["status"] for field in fields} <= {"printed", "derived", "assumed"}


def test_writing_that_fails_leaves_the_earlier_files_whole(tmp_path, monkeypatch):
    package.write(tmp_path, {"a.csv": b"1", "b.csv": b"2"})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        package.write(tmp_path, {"a.csv": b"new", "b.csv": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.csv": b"1",
        "b.csv": b"2",
    }


SHIPPED = published.DATA / "cohort"


@pytest.fixture
def long_way(monkeypatch):
    """How often cells were checked, one by one."""
    checked = []
    through = columns.validated
    monkeypatch.setattr(
        columns, "validated", lambda *given: checked.append(given[-1]) or through(*given)
    )
    return checked


def test_recorded_bytes_give_the_frames_that_a_check_of_every_cell_gives(long_way, monkeypatch):
    by_bytes = cohort.load(SHIPPED)
    assert not long_way, "the shipped cohort is not the one that its datapackage.json describes"
    monkeypatch.setattr(recorded, "is_recorded", lambda *_: False)
    by_cells = cohort.load(SHIPPED)
    assert long_way == ["patients", "lesions"]
    assert by_bytes.tables.keys() == by_cells.tables.keys()
    for table, frame in by_cells.tables.items():
        pd.testing.assert_frame_equal(by_bytes.tables[table], frame, check_exact=True)
    assert (by_bytes.name, by_bytes.synthetic) == (by_cells.name, by_cells.synthetic)


def test_a_copy_of_the_shipped_cohort_is_known_by_its_bytes(long_way, tmp_path):
    for table in (P, L):
        shutil.copy(SHIPPED / f"{table}.csv", tmp_path)
    assert len(cohort.load(tmp_path).patients) == 56
    assert not long_way


@pytest.mark.parametrize("table", [P, L])
def test_one_changed_byte_and_every_cell_is_checked(table, long_way, tmp_path):
    folder = tmp_path / "c"
    shutil.copytree(SHIPPED, folder)
    content = (folder / f"{table}.csv").read_bytes()
    (folder / f"{table}.csv").write_bytes(content + b"\n")
    cohort.load(folder)
    assert long_way == [P, L]
    first = content.index(b"\n") + 1
    (folder / f"{table}.csv").write_bytes(content[:first] + b"," + content[first + 1 :])
    _refused(folder)


def test_another_contract_and_every_cell_of_the_same_bytes_is_checked(long_way, tmp_path):
    data = raw()
    data["tables"][P]["columns"]["age_years"]["maximum"] = 60
    study = published.load(dump(tmp_path / "s.yaml", data))
    shutil.copytree(SHIPPED, tmp_path / "c")
    message = _refused(tmp_path / "c", study)
    assert "a whole number from 18 to 60 was expected" in message
    assert long_way


@pytest.mark.parametrize("record", [None, "", "{", "[]", "{}", '{"resources": []}'])
def test_without_a_record_every_cell_is_checked(record, monkeypatch, tmp_path):
    study = published.load()
    contents = {table: (SHIPPED / f"{table}.csv").read_bytes() for table in (P, L)}
    assert recorded.is_recorded(study, contents)
    monkeypatch.setattr(published, "DATA", tmp_path)
    (tmp_path / "cohort").mkdir()
    if record is not None:
        (tmp_path / "cohort" / "datapackage.json").write_text(record)
    assert not recorded.is_recorded(study, contents)


@pytest.mark.parametrize("name", ["cohort", "alternatives/1", "alternatives/2"])
def test_the_shipped_cohorts_are_recorded(name):
    contents = {table: (published.DATA / name / f"{table}.csv").read_bytes() for table in (P, L)}
    assert recorded.is_recorded(published.load(), contents)


def test_patients_and_lesions_are_the_tables_of_the_study_whatever_they_are_called():
    hips = invented()
    study = published.load(INVENTED)
    found = cohort.of_tables(hips.tables, study, "hips")
    assert found.patients is found.tables[study.first]
    with pytest.raises(CohortError, match=r"^hips: no table of the study is of hips$"):
        _ = found.lesions
