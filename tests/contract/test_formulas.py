"""No cell of a file that the book offers is computed by a spreadsheet, and each is read back as it was."""

from __future__ import annotations

import base64
import csv
import io
import re

import pandas as pd
import pytest
import unusual
from hypothesis import given
from hypothesis import strategies as st

from helpers import cohort, package, tables

BEGINS = "=+-@\t\r＝＋－＠"
FORMULAS = ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\tx", "\r=1", "＝1+1", "'=1", "''@x"]
HARMLESS = ["P001", "患者", "-2.5", "+3", "1e-5", "≥ 3", "−1", "O'Neill", "'quoted'", "", "a=b"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_a_spreadsheet_would_compute_is_marked(cell):
    assert package.marked(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [*HARMLESS, 3, -2.5, None, True])
def test_what_it_would_not_stays_as_it_is(cell):
    assert package.marked(cell) is cell


@given(st.text(st.sampled_from(f"{BEGINS}'aあ1"), max_size=4))
def test_every_cell_is_given_back_as_it_was(cell):
    marked = package.marked(cell)
    assert package.unmarked(marked) == cell
    assert marked[:1] not in tuple(BEGINS) or re.fullmatch(package.NUMBER, marked)


def test_names_of_columns_and_categories_are_marked_too():
    frame = pd.DataFrame({"=a": pd.Categorical(["@x", "y"]), "-1": ["-1", None], "n": [-1, -2.5]})
    assert package.csv(frame).decode() == "'=a,-1,n\n'@x,-1,-1.0\ny,,-2.5\n"


def test_a_cohort_with_formulas_for_ids_is_read_back_the_same_and_offered_safely(
    tmp_path, monkeypatch
):
    given = unusual.renamed(unusual.drawn(20, 5))
    first = cohort.load(unusual.write(given, tmp_path / "ward"))
    assert first.patients["patient_id"].str.startswith("=").any()
    assert first.lesions["lesion_id"].str.startswith("=").all()
    names = {"patients": first.patients, "lesions": first.lesions}
    (tmp_path / "again").mkdir()
    for table, frame in names.items():
        plain = frame[list(first.study.tables[table].columns)]
        (tmp_path / "again" / f"{table}.csv").write_bytes(package.csv(plain))
    again = cohort.load(tmp_path / "again")
    for table, frame in names.items():
        pd.testing.assert_frame_equal(again.tables[table], frame)
    shown = []
    monkeypatch.setattr(tables, "display", shown.append)
    tables.show(first.patients, caption="Rows")
    (address,) = re.findall(r'href="data:text/csv;base64,([^"]*)"', shown[0].data)
    rows = csv.reader(io.StringIO(base64.b64decode(address).decode()))
    unsafe = [
        cell
        for row in rows
        for cell in row
        if cell[:1] in tuple(BEGINS) and not re.fullmatch(package.NUMBER, cell)
    ]
    assert not unsafe
