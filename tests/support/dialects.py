"""A cohort written as people send tables: other names, marks, codes, dates and layouts, and its mapping."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import unusual
import yaml
from hypothesis import strategies as st

from helpers import published
from helpers.mapping.decoding import between

STUDY = published.load()
_STRFTIME = {"day-month-year": "%d{0}%m{0}%Y", "month-day-year": "%m{0}%d{0}%Y",
             "year-month-day": "%Y{0}%m{0}%d"}  # fmt: skip
_YES_NO = [("1", "0"), ("2", "1"), ("1", "2"), ("yes", "no"), ("Ja", "Nein"), ("dead", "alive"),
           ("y", ""), ("TRUE", "FALSE")]  # fmt: skip


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    separator: str = ","
    decimal: str = "."
    order: str = "year-month-day"
    between: str = "-"
    missing: str = ""
    encoding: str = "utf-8"
    ending: str = "csv"
    layout: str = "two files"
    codes: int = 0
    centimetres: bool = False
    two_dates: bool = False
    numbered: bool = False
    names: str = ""
    newline: str = "\n"


def dialects() -> st.SearchStrategy[Dialect]:
    """Every way at once, at random."""
    return st.builds(
        Dialect,
        separator=st.sampled_from([",", ";", "tab", "|"]),
        decimal=st.sampled_from([".", ","]),
        order=st.sampled_from(sorted(_STRFTIME)),
        between=st.sampled_from(["-", "/", "."]),
        missing=st.sampled_from(["", "NA", ".", "keine Angabe"]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        ending=st.sampled_from(["csv", "txt", "xlsx"]),
        layout=st.sampled_from(["two files", "rows of lesions", "columns of lesions"]),
        codes=st.integers(0, 2**20),
        centimetres=st.booleans(),
        two_dates=st.booleans(),
        numbered=st.booleans(),
        names=st.sampled_from(["", " (Bogen ü)", ".x", " #"]),
        newline=st.sampled_from(["\n", "\r\n"]),
    )


def drawn(patients: int, seed: int) -> unusual.Tables:
    """A cohort whose times from treatment are whole days, so that two dates can tell them."""
    first, second = unusual.drawn(patients, seed)
    days = (first["follow_up_months"] * 30.4375).round().astype(int)
    start = pd.to_datetime(first["treatment_date"])
    end = start + pd.to_timedelta(days, unit="D")
    months = [between(a.date(), b.date(), "months", False) for a, b in zip(start, end, strict=True)]
    first = first.assign(
        follow_up_months=months,
        treatment_date=start.dt.strftime("%Y-%m-%d"),
        progression_months=np.minimum(first["progression_months"], np.floor(months)),
    )
    limit = second["patient_id"].map(first.set_index("patient_id")["follow_up_months"])
    second = second.assign(
        local_recurrence_months=np.minimum(second["local_recurrence_months"], np.floor(limit))
    )
    return first, second


@dataclass
class Written:
    """What was written into a folder: the mapping, as plain objects, and the files."""

    mapping: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)


def write(tables: unusual.Tables, how: Dialect, folder: Path) -> Written:
    """The tables of a cohort in a dialect, and the mapping that gives them back."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(how.codes)
    own = {name: _own(frame, STUDY.tables[name].columns, how, rng, name)
           for name, frame in zip(("patients", "lesions"), tables, strict=True)}  # fmt: skip
    (patients, of_patients), (lesions, of_lesions) = own["patients"], own["lesions"]
    owner = of_lesions["patient_id"]["from"]
    said: dict[str, Any] = {
        "patients": {"columns": of_patients},
        "lesions": {"columns": of_lesions},
    }
    key = of_patients["patient_id"]["from"]
    if how.layout == "two files":
        found = {"patients": patients, "lesions": lesions}
    else:
        both = lesions.merge(patients, left_on=owner, right_on=key, how="left")
        if how.layout == "columns of lesions":
            both = _wide(lesions, patients, owner, key)
            most = lesions.groupby(owner).size().max()
            said["lesions"]["each"] = [str(number + 1) for number in range(most)]
            for column, one in of_lesions.items():
                if "from" in one and column != "patient_id":
                    one["from"] = f"{one['from']} *"
            said["lesions"]["columns"]["patient_id"] = {"from": key}
            of_lesions["lesion_id"] = {"numbered": True}
        else:
            said["patients"]["once"] = True
            both = both.drop(columns=key)
            of_patients["patient_id"] = {**of_patients["patient_id"], "from": owner}
        found = {"all": both}
    written = Written(said)
    for name, frame in found.items():
        frame = frame[list(rng.permutation(frame.columns))]
        path = folder / f"{name}{how.names.strip()}.{how.ending}"
        _put(frame, how, path)
        written.files[name] = path
    for name in ("patients", "lesions"):
        path = written.files[name if name in written.files else "all"]
        told = {"table": path.name, "dates": how.order, "missing": [how.missing]}
        if how.ending != "xlsx":
            told |= {"separator": how.separator, "decimal": how.decimal}
            told |= {} if how.encoding == "utf-8-sig" else {"encoding": how.encoding}
        else:
            told |= {"decimal": how.decimal}
        said[name] = {**told, **said[name]}
    (folder / "mapping.yaml").write_text(
        yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return written


def _wide(lesions: pd.DataFrame, patients: pd.DataFrame, owner: str, key: str) -> pd.DataFrame:
    rows = []
    for one, own in lesions.groupby(owner):
        row = {key: one}
        for number, (_, lesion) in enumerate(own.drop(columns=owner).iterrows(), 1):
            row |= {f"{name} {number}": cell for name, cell in lesion.items()}
        rows.append(row)
    return patients.merge(pd.DataFrame(rows), on=key)


def _own(
    frame: pd.DataFrame, columns: dict[str, Any], how: Dialect, rng: Any, table: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    cells: dict[str, list[str]] = {}
    said: dict[str, Any] = {}
    for column, about in columns.items():
        name = f"{table[0]} {column[::-1]}{how.names}"
        values = frame[column]
        said[column] = {"from": name}
        if column == "follow_up_months" and how.two_dates:
            start = pd.to_datetime(frame["treatment_date"])
            end = start + pd.to_timedelta((values * 30.4375).round(), unit="D")
            cells[name] = _dates(end, how)
            said[column] = {"start": f"{table[0]} {'treatment_date'[::-1]}{how.names}", "end": name}
        elif about.type == "date":
            cells[name] = _dates(pd.to_datetime(values), how)
        elif about.type in ("category", "flag"):
            cells[name], said[column]["values"] = _coded(values, about, rng)
        elif about.type in ("number", "integer"):
            number = values
            if how.centimetres and about.unit == "mm":
                number, said[column]["unit"] = values / 10, "cm"
            cells[name] = ["" if pd.isna(one) else f"{one:.10g}".replace(".", how.decimal) for one in number]  # fmt: skip
        else:
            cells[name] = [str(one) for one in values]
            if how.numbered and about.type == "id":
                said[column]["numbered"] = True
    return pd.DataFrame(cells, dtype=object), said


def _dates(values: pd.Series, how: Dialect) -> list[str]:
    return list(values.dt.strftime(_STRFTIME[how.order].format(how.between)))


def _coded(values: pd.Series, about: Any, rng: Any) -> tuple[list[str], dict[str, str]]:
    if about.type == "flag":
        yes, no = _YES_NO[rng.integers(len(_YES_NO) - 2)]
        code = {"1": yes, "0": no}
    elif rng.random() < 0.5:
        numbers = rng.permutation(len(about.levels)) + 1
        code = {level: str(number) for level, number in zip(about.levels, numbers, strict=True)}
    else:
        code = {level: f"{level[::-1].upper()} ß" for level in about.levels}
    return [code[str(one)] for one in values], {own: word for word, own in code.items()}


def _put(frame: pd.DataFrame, how: Dialect, path: Path) -> None:
    frame = frame.fillna("").map(lambda cell: how.missing if cell == "" else cell)
    if how.ending == "xlsx":
        frame.to_excel(path, index=False)
        return
    mark = "\t" if how.separator == "tab" else how.separator
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=mark, lineterminator=how.newline)
    writer.writerow(frame.columns)
    writer.writerows(frame.itertuples(index=False, name=None))
    path.write_bytes(buffer.getvalue().encode(how.encoding))
