"""A cohort with canaries: values of which none may leave a book of aggregates; and where one has left.

Two cohorts of one seed differ in all that identifies a patient, and in nothing that a book of aggregates
may use. What is made of both is then the same to the byte, or something has left, whatever it looks like.
"""

from __future__ import annotations

import base64
import datetime
import gzip
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pikepdf
import unusual
from pypdf import PdfReader

ID, NAME = "wardcanary", "Doe-Canary"
_TIMES = {"patients": ("follow_up_months", "progression_months", "months_to_oligometastasis"),
          "lesions": ("months_since_negative_ct", "local_recurrence_months")}  # fmt: skip
_DATA = re.compile(rb"base64,([A-Za-z0-9+/=\s]{16,})")
_DIGITS = 5  # of a time with many: no rounded number has them by chance


@dataclass(frozen=True)
class Canaries:
    """A cohort and what must not be found.

    Attributes
    ----------
    folder : Path
    kinds : dict of str to tuple of str
        Texts by what they are.
    """

    folder: Path
    kinds: dict[str, tuple[str, ...]]

    def found(self, content: bytes) -> set[str]:
        """The kinds of which one is in some bytes."""
        seen = set()
        for kind, texts in self.kinds.items():
            pattern = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
            if pattern.search(content):
                seen.add(kind)
        return seen


def plant(folder: Path, twin: int = 0, patients: int = 60, seed: int = 11) -> Canaries:
    """Write a cohort into a folder.

    Parameters
    ----------
    folder : Path
    twin : int
        Cohorts that differ in this alone are the same in a book of aggregates.
    patients, seed : int
    """
    tables = dict(zip(("patients", "lesions"), unusual.drawn(patients, seed), strict=True))
    rng = np.random.default_rng([seed, twin])
    fraction = rng.uniform(0.05, 0.95, patients)  # one of each patient, so that no order is lost
    of = dict(zip(tables["patients"]["patient_id"], fraction, strict=True))
    for name, columns in _TIMES.items():
        frame = tables[name]
        for column in columns:
            whole = np.ceil(frame[column]).clip(lower=1)
            frame[column] = whole - frame["patient_id"].map(of)
    first = tables["patients"]
    first["age_years"] = (first["age_years"] // 5 * 5) + rng.integers(-2, 3, patients)
    years = pd.to_datetime(first["treatment_date"]).dt.year
    first["treatment_date"] = [
        datetime.date(year, 1, 1) + datetime.timedelta(days=int(rng.integers(1, 364)))
        for year in years
    ]
    ids = {
        old: f"{ID}-{twin}-{number}"
        for number, old in enumerate(rng.permutation(first["patient_id"]))
    }
    first["name"] = [f"{NAME} {twin} {number}" for number in rng.permutation(patients)]
    for frame in tables.values():
        frame["patient_id"] = frame["patient_id"].map(ids)
    lesions = tables["lesions"]
    lesions["lesion_id"] = [f"{ID}-L{twin}-{number}" for number in rng.permutation(len(lesions))]
    shuffled = tuple(
        frame.sample(frac=1, random_state=twin).reset_index(drop=True) for frame in tables.values()
    )
    unusual.write(shuffled, folder)
    times = {f"{value:.{_DIGITS + 3}f}"[: _DIGITS + len(str(int(value))) + 1]
             for name, columns in _TIMES.items() for column in columns
             for value in tables[name][column].dropna()}  # fmt: skip
    dates = list(first["treatment_date"])
    return Canaries(
        folder,
        {
            "identifier": (ID,),
            "column that the contract does not name": (NAME,),
            "time": tuple(sorted(times)),
            "date": tuple(
                form
                for date in dates
                for form in (
                    date.isoformat(), f"{date.day} {date:%B %Y}", f"{date:%d.%m.%Y}", f"{date:%d/%m/%Y}",
                )
            ),
        },
    )  # fmt: skip


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file and all that is packed in it: archives, tables of a database, texts of a PDF, data addresses."""
    yield name, content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inside in archive.namelist():
                yield from unpacked(f"{name}:{inside}", archive.read(inside))
    elif content.startswith(b"\x1f\x8b"):
        yield from unpacked(f"{name}:unzipped", gzip.decompress(content))
    elif content.startswith(b"SQLite format 3"):
        base = sqlite3.connect(":memory:")
        base.deserialize(content)
        yield f"{name}:dump", "\n".join(base.iterdump()).encode()
    elif content.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(content))
        yield f"{name}:text", "\n".join(page.extract_text() for page in reader.pages).encode()
        yield f"{name}:about", repr(reader.metadata).encode()
        yield f"{name}:strings", "\n".join(_strings(content)).encode()
    for number, data in enumerate(_DATA.findall(content)):
        plain = data.replace(b"\n", b"").replace(b"\\n", b"")
        yield from unpacked(
            f"{name}:data {number}", base64.b64decode(plain + b"=" * (-len(plain) % 4))
        )


def _strings(content: bytes) -> Iterator[str]:
    """Titles, alternative texts and addresses of a PDF, which stand packed beside its pages."""

    def within(thing: Any) -> Iterator[str]:
        if isinstance(thing, pikepdf.String):
            yield str(thing)
        elif isinstance(thing, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream):
            inside = thing if isinstance(thing, pikepdf.Array) else map(thing.get, thing.keys())
            for part in inside:
                if not getattr(part, "is_indirect", False):  # which is an object itself
                    yield from within(part)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        for thing in pdf.objects:
            yield from within(thing)


def leaks(canaries: Canaries, files: dict[str, bytes]) -> dict[str, set[str]]:
    """Where canaries are, with their kinds."""
    return {
        place: kinds
        for name, content in files.items()
        for place, inside in unpacked(name, content)
        if (kinds := canaries.found(inside))
    }


def under(folder: Path) -> dict[str, bytes]:
    """All files of a folder, whatever they are called."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wrapped(text: str) -> dict[str, bytes]:
    """A text as files of every kind have it that is looked into."""
    plain = f"x {text} y".encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside.txt", plain)
    base = sqlite3.connect(":memory:")
    base.execute("create table kept (told text)")
    base.execute("insert into kept values (?)", (plain.decode(),))
    base.commit()
    paper = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.Root.StructTreeRoot = pdf.make_indirect(pikepdf.Dictionary(Alt=plain.decode()))
        pdf.save(paper, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return {
        "text": plain,
        "archive": archive.getvalue(),
        "gzip": gzip.compress(plain),
        "database": base.serialize(),
        "alternative text on paper": paper.getvalue(),
        "data address": b'src="data:text/csv;base64,' + base64.b64encode(plain) + b'"',
    }
