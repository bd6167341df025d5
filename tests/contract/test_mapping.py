"""A table of one's own becomes the cohort that it is, or is refused with all that is ambiguous."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from datetime import date, timedelta
from pathlib import Path

import dialects
import pandas as pd
import pytest
import unusual
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selection import examples

from helpers import cohort, package
from helpers.mapping import decoding, making
from helpers.mapping.decoding import DoubtError, Reader

STUDY = dialects.STUDY


def _read_back(tables: unusual.Tables, how: dialects.Dialect, folder: Path) -> None:
    """The cohort that `fill` makes is the one that was written in a dialect."""
    dialects.write(tables, how, folder / "own")
    made = making.make(STUDY, folder / "own")
    package.write(folder / "made", made.files)
    unusual.write(tables, folder / "straight")
    found, wanted = (cohort.load(folder / name).tables for name in ("made", "straight"))
    for name, frame in wanted.items():
        given, ids = found[name], [column for column in frame if column.endswith("_id")]
        if how.numbered or how.layout != "two files":
            order = list(range(len(frame)))
            pd.testing.assert_series_equal(
                pd.Series(pd.factorize(given["patient_id"])[0], order),
                pd.Series(pd.factorize(frame["patient_id"])[0], order),
            )
            given, frame = given.drop(columns=ids), frame.drop(columns=ids)
        pd.testing.assert_frame_equal(given, frame)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(how=dialects.dialects(), patients=st.integers(1, 12), seed=st.integers(0, 99))
def test_a_cohort_in_any_dialect_is_read_back(how, patients, seed):
    with tempfile.TemporaryDirectory() as folder:
        _read_back(dialects.drawn(patients, seed), how, Path(folder))


# ---------------------------------------------------------------- single cells

READ = {
    ("2015-04-03", "year-month-day"): date(2015, 4, 3),
    ("03/04/2015", "day-month-year"): date(2015, 4, 3),
    ("03/04/2015", "month-day-year"): date(2015, 3, 4),
    ("3.4.2015", "day-month-year"): date(2015, 4, 3),
    ("3 Apr 2015", "day-month-year"): date(2015, 4, 3),
    ("03-APR-2015", "day-month-year"): date(2015, 4, 3),
    ("April 3, 2015", "month-day-year"): date(2015, 4, 3),
    ("2015-04-03T10:30:00", "year-month-day"): date(2015, 4, 3),
    ("03.04.2015 00:00", "day-month-year"): date(2015, 4, 3),
    ("20150403", "year-month-day"): date(2015, 4, 3),
    ("25/04/2015", None): date(2015, 4, 25),
    ("04/25/2015", None): date(2015, 4, 25),
    ("2015-04-03", None): date(2015, 4, 3),
    ("04/04/2015", None): date(2015, 4, 4),
    ("3 Apr 2015", None): date(2015, 4, 3),
    (date(2015, 4, 3), None): date(2015, 4, 3),
}


@pytest.mark.parametrize(("cell", "order"), READ)
def test_a_date_is_read(cell, order):
    assert Reader(order=order).date(cell) == READ[cell, order]


@pytest.mark.parametrize(
    ("cell", "order", "words"),
    [
        ("03/04/2015", None, "day and month are known (day-month-year or month-day-year"),
        ("03/04/15", None, "a year of four digits"),
        ("03/04/15", "day-month-year", "a date as day-month-year with a year of four digits"),
        ("3 Apr 15", "day-month-year", "a year of four digits"),
        ("2015-04-03", "day-month-year", "a date as day-month-year"),
        ("31/02/2015", "day-month-year", "a date as day-month-year"),
        ("13/13/2015", None, "a date"),
        ("42097", None, "as spreadsheets count them"),
        ("2015", None, "a date"),
        ("04.2015", "day-month-year", "a date"),
        ("next week", None, "a date"),
        ("3 Foo 2015", "day-month-year", "a date"),
    ],
)
def test_a_date_in_doubt_is_refused(cell, order, words):
    with pytest.raises(DoubtError, match=re.escape(words)):
        Reader(order=order).date(cell)


@settings(deadline=None)
@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), mark=st.sampled_from("-/. "))
def test_a_day_is_read_in_its_order_and_never_as_another(day, mark):
    shapes = {"day-month-year": "%d{0}%m{0}%Y", "month-day-year": "%m{0}%d{0}%Y",
              "year-month-day": "%Y{0}%m{0}%d"}  # fmt: skip
    for order, shape in shapes.items():
        text = day.strftime(shape.format(mark))
        assert Reader(order=order).date(text) == day
        try:
            assert Reader().date(text) == day
        except DoubtError:
            assert day.day <= 12
            assert order != "year-month-day"


@pytest.mark.parametrize(
    ("decimal", "cell", "number"),
    [(".", "1.5", 1.5), (",", "1,5", 1.5), (",", "-3", -3.0), (".", "1e-2", 0.01), (".", 2.5, 2.5),
     (",", 2.5, 2.5), (".", ".5", 0.5), (",", ",5", 0.5)],
)  # fmt: skip
def test_a_number_is_read(decimal, cell, number):
    assert Reader(decimal).number(cell) == number


@pytest.mark.parametrize(
    ("decimal", "cell", "words"),
    [(".", "1,5", "a decimal point"), (",", "1.5", "a decimal comma"), (".", "1,234.5", "a number"),
     (",", "1.234,5", "a number"), (".", "nan", "a number"), (".", "1_000", "a number"),
     (".", "<5", "a number"), (".", "5 mm", "a number"), (".", "1 000", "a number"),
     (".", "٣", "a number")],
)  # fmt: skip
def test_a_number_in_doubt_is_refused(decimal, cell, words):
    with pytest.raises(DoubtError, match=words):
        Reader(decimal).number(cell)


def test_units_and_whole_numbers():
    assert decoding.converted(1.5, "cm", "mm") == 15
    assert decoding.converted(1.5, "years", "months") == 18
    assert decoding.converted(30.4375 * 7, "days", "months") == 7
    assert decoding.converted(2, "weeks", "days") == 14
    for unit, wanted in (("cm", "months"), ("kg", "mm"), ("cm", "")):
        with pytest.raises(DoubtError, match="a unit"):
            decoding.converted(1.0, unit, wanted)
    assert [decoding.made_whole(n, "nearest") for n in (0.5, 1.5, 2.4)] == [1, 2, 2]
    assert [decoding.made_whole(n, "down") for n in (1.9, 2.0)] == [1, 2]


def test_an_age_is_counted_by_birthdays_and_days_stay_apart():
    born = date(1960, 2, 29)
    ages = [decoding.between(born, end, "years", True)
            for end in (date(2011, 2, 28), date(2011, 3, 1), date(2012, 2, 29))]  # fmt: skip
    assert ages == [50, 51, 52]
    start = date(2010, 1, 1)
    months = [decoding.between(start, start + timedelta(n), "months", False) for n in range(9000)]
    assert len(set(months)) == len(months)
    assert [round(month * 30.4375) for month in months] == list(range(9000))


# ---------------------------------------------------------------- what a table says


def _own(folder: Path, rows: str = "", **columns: object) -> Path:
    """A mapping of one table with one lesion a patient, with some columns said otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.csv").write_text(rows or OWN, encoding="utf-8")
    said = yaml.safe_load(MAPPED)
    for name, way in columns.items():
        table, _, column = name.partition("__")
        said[table]["columns"][column] = way
    (folder / "mapping.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    return folder


OWN = """\
id,where,dx,met,start,born,seen,dead,cell,stage,nodes,chemo,cm,pd,pdate
11,L,2010-02-01,2011-05-13,2011-06-20,1950-03-03,2015-02-01,n,s,II,n,y,1.5,n,
12,N,2010-02-15,2011-06-13,2011-07-21,1960-03-03,2013-03-03,y,a,I,y,n,2.2,y,2012-01-05
13,L,2010-03-01,2011-07-13,2011-08-22,1955-03-03,2016-02-01,n,s,IV,n,n,0.8,n,
"""
MAPPED = """\
patients:
  table: own.csv
  columns:
    patient_id: {from: id}
    site: {from: where, values: {L: lung, N: supraclavicular}}
    months_to_oligometastasis: {start: dx, end: met}
    regional_recurrence: {from: nodes, values: {y: '1', n: '0'}}
    treatment_date: {from: start}
    treatment: {value: radiotherapy}
    systemic_therapy: {from: chemo, values: {y: '1', n: '0'}}
    age_years: {start: born, end: start}
    histology: {from: cell, values: {s: squamous, a: adenocarcinoma}}
    figo_stage: {from: stage}
    follow_up_months: {start: start, end: seen}
    died: {from: dead, values: {y: '1', n: '0'}}
    progression_months: {start: start, end: pdate, only: {from: pd, values: {y: '1', n: '0'}}}
lesions:
  table: own.csv
  columns:
    lesion_id: {numbered: 'true'}
    patient_id: {from: id}
    site: {owner: site}
    diameter_mm: {from: cm, unit: cm}
"""


def _made(folder: Path) -> cohort.Cohort:
    package.write(folder, making.make(STUDY, folder).files)
    return cohort.load(folder)


def _refused(folder: Path) -> str:
    with pytest.raises(cohort.CohortError) as refused:
        making.make(STUDY, folder)
    return str(refused.value)


def test_a_table_becomes_what_it_says(tmp_path):
    found = _made(_own(tmp_path))
    first = found.patients.set_index("patient_id")
    assert list(first["age_years"]) == [61, 51, 56]
    assert list(first["died"]) == [0, 1, 0]
    assert list(first["site"]) == ["lung", "supraclavicular", "lung"]
    days = (date(2013, 3, 3) - date(2011, 7, 21)).days
    assert first.loc["12", "follow_up_months"] == round(days / 30.4375, 3)
    assert first["progression_months"].notna().tolist() == [False, True, False]
    assert list(found.lesions["diameter_mm"]) == [15, 22, 8]
    assert list(found.lesions["site"]) == list(first["site"])
    assert set(first["treatment"]) == {"radiotherapy"}


def test_the_account_says_of_each_column_what_was_done(tmp_path):
    told = "\n".join(making.make(STUDY, _own(tmp_path)).account)
    for words in (
        "patients.csv: 3 rows from", "site                       from where: L is lung, N is supr",
        "computed from dx to met", "complete years from born to start", "radiotherapy in every row",
        "running numbers", "site of patients.csv", "computed from cm, cm as mm", "where pd says so",
        "left out: months_since_negative_ct, local_recurrence_months", "a month is 30.4375 days",
    ):  # fmt: skip
        assert words in told, told
    assert told.splitlines()[-1].startswith("not used of")
    assert told.endswith(": nothing")


SLIPS = {
    "a word that is not known": ("13,L,", "13,Lungs,", "column where, row 4: one of 'L', 'N' was expected, found 'Lungs'"),
    "no word": ("13,L,", "13,,", "column where, row 4: one of supraclavicular, lung, other, for site, was expected, found nothing"),
    "before the diagnosis": ("2011-06-13", "2009-06-13", "column met, row 3: a date not before dx (2010-02-15) was expected, found '2009-06-13'"),
    "two digits": ("2011-06-13", "11-06-13", "column met, row 3: a date with a year of four digits was expected, found '11-06-13'"),
    "in doubt": ("2011-06-13", "06/07/2011", "column met, row 3: a date of which day and month are known (day-month-year or month-day-year; say it as dates in the mapping) was expected, found '06/07/2011'"),
    "another order": ("2011-06-13", "13/06/2011", "column met, row 3: a date as year-month-day, as in rows before, was expected, found '13/06/2011'"),
    "a comma": ("2.2", '"2,2"', "column cm, row 3: a number with a decimal point was expected, found '2,2'"),
    "half a millimetre": ("2.2", "2.25", "column cm, row 3: a whole number from 1 to 300 (say `whole: nearest` or `whole: down`), for diameter_mm, was expected, found '2.25 (22.5 mm)'"),
    "another unit": ("2.2", "2200", "found '2200 (22000 mm)'"),
    "twice": ("13,L", "12,L", "column id, row 4: an identifier that stands once (it stands in row 3) was expected, found '12'"),
    "no progression": (",y,2012-01-05", ",y,", "column pdate, row 3: something, since pd is 'y', was expected, found nothing"),
    "no answer": ("1.5,n,", "1.5,,", "column pd, row 2: one of 'n', 'y' was expected, found nothing"),
    "too old": ("1955-03-03", "1855-03-03", "column born to start, row 4: a whole number from 18 to 110, for age_years, was expected, found '156 years'"),
    "no end": ("2016-02-01", "", "column seen, row 4: a number from 0 to 600, for follow_up_months, was expected, found nothing"),
    "no start": ("2011-08-22", "", "column start, row 4"),
    "after the end": ("2012-01-05", "2014-01-05", "column progression_months, row 3: at most follow_up_months (19.417) was expected"),
    "a stage": (",IV,", ",V,", "column stage, row 4: one of I, II, III, IV was expected, found 'V'"),
    "a row too long": ("0.8,n,", "0.8,n,,", "row 4: 15 cells were expected as in the header, found 16"),
    "a name twice": ("chemo", "nodes", "column nodes: it stands twice"),
    "a column that went": ("chemo", "chem", "patients, systemic_therapy: no column 'chemo' is in"),
    "a quotation mark": ("12,N", '"12,N', "not readable as CSV"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_with_its_place(slip, tmp_path):
    old, new, sentence = SLIPS[slip]
    assert old in OWN
    assert sentence in _refused(_own(tmp_path, OWN.replace(old, new)))


def test_all_slips_are_told_at_once_the_most_frequent_first(tmp_path):
    rows = OWN.replace(",L,", ",Lung,").replace("2011-06-13", "2009-06-13").replace("2.2", "many")
    lines = _refused(_own(tmp_path, rows)).splitlines()
    assert lines[0].endswith("3 kinds of fault, the most frequent first")
    assert lines[1].endswith("found 'Lung' (and 1 more cell)")
    assert len(lines) == 4


def test_many_unknown_words_are_told_in_some_lines(tmp_path):
    rows = OWN.splitlines()[0] + "\n"
    body = OWN.splitlines()[1]
    rows += "".join(f"{body.replace('11,L', f'{n},place{n}')}\n" for n in range(100, 140))
    lines = _refused(_own(tmp_path, rows)).splitlines()
    assert len(lines) < 10
    assert sum(line.endswith("more cells)") for line in lines) == 1


SAID = {
    "no such table": (lambda said: said.update(women={"table": "own.csv"}), "women: one of the tables patients, lesions was expected"),
    "a table less": (lambda said: said.pop("lesions"), "lesions: the table is missing"),
    "no such column": (lambda said: said["patients"]["columns"].update(sites={"from": "id"}), "patients, sites: the contract has no such column; did you mean 'site'?"),
    "no such field": (lambda said: said["patients"].update(delimiter=";"), "patients, delimiter: no field of that name is known"),
    "no file": (lambda said: said["patients"].pop("table"), "patients, table: it is missing"),
    "another file": (lambda said: said["patients"].update(table="none.csv"), "none.csv: no such file"),
    "another ending": (lambda said: said["patients"].update(table="mapping.yaml"), "a file that ends in one of"),
    "two ways": (lambda said: said["patients"]["columns"]["site"].update(value="lung"), "one of from and value was expected, found both"),
    "half a way": (lambda said: said["patients"]["columns"]["age_years"].pop("end"), "start and end go together"),
    "no way": (lambda said: said["patients"]["columns"].update(site={}), "patients, site: say of what it is made, such as"),
    "an order": (lambda said: said["patients"].update(dates="dmy"), "patients, dates: one of day-month-year, month-day-year, year-month-day was expected"),
    "a word": (lambda said: said["patients"]["columns"]["site"]["values"].update(L="lungs"), "one of supraclavicular, lung, other was expected behind 'L', found 'lungs'"),
    "no word": (lambda said: said["patients"]["columns"]["died"]["values"].update(y=""), "0 or 1 was expected behind 'y', found nothing"),
    "a value": (lambda said: said["patients"]["columns"].update(treatment={"value": "RT"}), "one of radiotherapy, surgery, ablation was expected as value, found 'RT'"),
    "a unit": (lambda said: said["lesions"]["columns"]["diameter_mm"].update(unit="kg"), "a unit that can be turned into mm was expected, found 'kg'"),
    "dates of no time": (lambda said: said["patients"]["columns"].update(site={"start": "dx", "end": "met"}), "start and end give a time"),
    "filled of no flag": (lambda said: said["patients"]["columns"].update(site={"filled": "met"}), "only a flag can be"),
    "numbers of no identifier": (lambda said: said["patients"]["columns"].update(site={"numbered": "true"}), "only identifiers of rows are numbered"),
    "an owner of patients": (lambda said: said["patients"]["columns"].update(site={"owner": "site"}), "owner names a column of the table that this one is of"),
    "a row that is not there": (lambda said: said["patients"].update(rows={"where": "X"}), "no row of"),
    "a mark": (lambda said: said["patients"].update(separator="::"), "one mark or tab was expected as separator"),
    "an encoding": (lambda said: said["patients"].update(encoding="ebcdic"), "no encoding 'ebcdic' is known"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_what_a_mapping_cannot_say_is_refused(case, tmp_path):
    change, sentence = SAID[case]
    _own(tmp_path)
    said = yaml.safe_load(MAPPED)
    change(said)
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    assert sentence in _refused(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "the names of tables were expected"), ("- a", "the names of tables were expected"),
     ("a: {b: 1, b: 2}", "the name 'b' stands twice"), ("a: [", "line 1"),
     ("patients: 3", "patients")],
)  # fmt: skip
def test_what_is_no_mapping_is_refused(text, sentence, tmp_path):
    (tmp_path / "mapping.yaml").write_text(text)
    assert sentence in _refused(tmp_path)


def test_words_of_yaml_are_words(tmp_path):
    rows = OWN.replace(",n,", ",no,").replace(",y,", ",yes,").replace(",n,", ",no,")
    mapped = MAPPED.replace("{y: '1', n: '0'}", "{yes: 1, no: 0}").replace("'true'", "true")
    _own(tmp_path, rows)
    (tmp_path / "mapping.yaml").write_text(mapped)
    assert list(_made(tmp_path).patients["died"]) == [0, 1, 0]


def test_identifiers_are_replaced_and_not_named(tmp_path):
    rows = OWN.replace("11,L", "MRN-4711,L").replace("12,N", "MRN-0815,N")
    given = {"from": "id", "numbered": "true"}
    _own(tmp_path / "a", rows, patients__patient_id=given)
    made = making.make(STUDY, tmp_path / "a")
    assert "MRN" not in str(made)
    found = _made(tmp_path / "a")
    assert list(found.patients["patient_id"]) == ["P1", "P2", "P3"]
    assert list(found.lesions["patient_id"]) == ["P1", "P2", "P3"]
    twice = _own(tmp_path / "b", rows.replace("13,L", "MRN-4711,L"), patients__patient_id=given)
    assert "MRN" not in _refused(twice)
    assert "an identifier that stands once" in _refused(twice)


def test_an_identifier_that_has_no_number_is_not_named(tmp_path):
    given = {"from": "id", "numbered": "true"}
    _own(tmp_path, patients__patient_id=given)
    (tmp_path / "other.csv").write_text(OWN.replace("13,L", "MRN-4711,L"), encoding="utf-8")
    said = yaml.safe_load((tmp_path / "mapping.yaml").read_text("utf-8"))
    said["lesions"]["table"] = "other.csv"
    said["lesions"]["columns"]["site"] = {"value": "lung"}
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    told = _refused(tmp_path)
    assert "other.csv, column patient_id, row 4: a patient_id of patients.csv was expected" in told
    assert "MRN" not in told


def test_nothing_of_a_column_that_is_not_used_is_told(tmp_path):
    rows = "\n".join(
        f"{line},{'name' if n == 0 else 'Erika Mustermann'}"
        for n, line in enumerate(OWN.splitlines())
    )
    assert "Erika" not in str(making.make(STUDY, _own(tmp_path / "a", rows)).account)
    broken = rows.replace("1.5", "x").replace(",L,", ",?,")
    assert "Erika" not in _refused(_own(tmp_path / "b", broken))


def test_two_columns_for_one_are_refused_where_they_differ(tmp_path):
    both = {"from": ["stage", "dead"]}
    rows = OWN.replace(",n,s,II,", ",II,s,II,").replace(",y,a,I,", ",y,a,,")
    died = {"value": "0"}
    told = _refused(_own(tmp_path, rows, patients__figo_stage=both, patients__died=died))
    assert "column stage, row 4: one value in stage or dead was expected, found 'several'" in told
    assert "row 2" not in told


def _told(folder: Path) -> str:
    """The refusal of a mapping, or nothing where a cohort was made; anything else is an error."""
    try:
        _made(folder)
    except cohort.CohortError as error:
        return str(error)
    return ""


_ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "NA", "0", "-1", "1e400", "99999999999999999999", "2015-02-30", "32.13.2015",
                     "0000-00-00", "nan", "=1+1", "1/2", "yes", "٣", "2011-05-13 25:99", "9999-12-31"]),
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(cells=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 14), _ODD), max_size=3))
def test_whatever_stands_in_a_cell_it_is_read_or_refused_in_sentences(cells):
    rows = [line.split(",") for line in OWN.splitlines()]
    for row, column, text in cells:
        rows[row][column] = text
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    with tempfile.TemporaryDirectory() as name:
        folder = _own(Path(name), buffer.getvalue())
        told = _told(folder)
    assert all("mapping.yaml" in line or "own.csv" in line for line in told.splitlines())


@settings(max_examples=examples(60), deadline=None)
@given(at=st.integers(0, len(MAPPED.splitlines()) - 1), text=st.one_of(st.none(), _ODD))
def test_whatever_stands_in_a_mapping_it_is_read_or_refused_in_sentences(at, text):
    lines = MAPPED.splitlines()
    if text is None:
        del lines[at]
    else:
        head, mark, _ = lines[at].partition(": ")
        lines[at] = f"{head}{mark}{text}"
    with tempfile.TemporaryDirectory() as name:
        folder = _own(Path(name))
        (folder / "mapping.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        _told(folder)
