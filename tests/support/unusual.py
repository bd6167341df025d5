"""Cohorts that meet the contract and that an analysis hardly expects: small, empty in a part, tied.

Each is a function of a folder that writes the two tables and gives the folder back. What is drawn is
drawn from a seed, so that a cohort that broke a chapter once can be made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import books
import numpy as np
import pandas as pd

from helpers import published

Tables = tuple[pd.DataFrame, pd.DataFrame]
_NAMES = (
    "患者甲",
    "$x_1$ to $y^2$",
    "<b>bold</b> & <script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+49 30 901820",
    "-2+3",
    "@SUM(A1:A9)",
    "Ω‮אבג",
    "عمر",
    "{glue}`x` **x** `x` [x](y)",
    'O\'Neill, "Ann"',
    "👩‍⚕️ 7",
    "\\frac{1}{2} \\n %s {0} %%",
    "x" * 200,
)


def drawn(patients: int, seed: int) -> Tables:
    """A cohort at random, every site and every stage possible, a date of treatment each."""
    rng = np.random.default_rng(seed)
    ids = [f"A{number}" for number in range(1, patients + 1)]
    site = rng.choice(["supraclavicular", "lung", "other"], patients, p=[0.35, 0.5, 0.15])
    follow_up = (0.5 + 34 * rng.weibull(1.3, patients)).round(1)
    progressed = rng.random(patients) < 0.25
    table = pd.DataFrame(
        {
            "patient_id": ids,
            "site": site,
            "months_to_oligometastasis": rng.exponential(18, patients).round(1),
            "regional_recurrence": (rng.random(patients) < 0.2).astype(int),
            "treatment_date": pd.Timestamp("2012-02-01")
            + pd.to_timedelta(rng.integers(0, 2000, patients), unit="D"),
            "treatment": rng.choice(["radiotherapy", "surgery", "ablation"], patients),
            "systemic_therapy": rng.integers(0, 2, patients),
            "age_years": rng.integers(31, 82, patients),
            "histology": rng.choice(["squamous", "adenocarcinoma", "other"], patients),
            "figo_stage": rng.choice(["I", "II", "III", "IV"], patients),
            "follow_up_months": follow_up,
            "died": rng.integers(0, 2, patients),
            "progression_months": np.where(progressed, (follow_up / 2).round(1), np.nan),
        }
    )
    owners = [owner for owner in ids for _ in range(rng.integers(1, 4))]
    since = rng.uniform(1, 20, len(owners)).round(1)
    ends = table.set_index("patient_id")["follow_up_months"][owners].to_numpy()
    recurred = rng.random(len(owners)) < 0.1
    lesions = pd.DataFrame(
        {
            "lesion_id": [f"B{number}" for number in range(1, len(owners) + 1)],
            "patient_id": owners,
            "site": table.set_index("patient_id")["site"][owners].to_numpy(),
            "diameter_mm": (8 * np.exp(since / 14 + rng.normal(0, 0.2, len(owners)))).round(),
            "months_since_negative_ct": np.where(rng.random(len(owners)) < 0.6, since, np.nan),
            "local_recurrence_months": np.where(recurred, (ends / 2).round(1), np.nan),
        }
    ).astype({"diameter_mm": int})
    return table, lesions


def write(tables: Tables, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in zip(("patients", "lesions"), tables, strict=True):
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def _at_random(folder: Path, patients: int, seed: int) -> Path:
    return write(drawn(patients, seed), folder)


def _with(folder: Path, **columns: object) -> Path:
    """Thirty patients of whom some columns are set."""
    patients, lesions = drawn(30, 5)
    patients = patients.assign(**columns)
    lasts = lesions["patient_id"].map(patients.set_index("patient_id")["follow_up_months"])
    within = lesions["local_recurrence_months"].clip(upper=lasts)
    return write((patients, lesions.assign(local_recurrence_months=within)), folder)


def _one_group_empty(folder: Path) -> Path:
    """Everybody has disease in the lung, and no other treatment, stage or histology occurs."""
    patients, lesions = drawn(30, 5)
    patients = patients.assign(
        site="lung", regional_recurrence=0, treatment="surgery", histology="squamous",
        figo_stage="II", systemic_therapy=1,
    )  # fmt: skip
    return write((patients, lesions.assign(site="lung", diameter_mm=12)), folder)


def _day_zero(folder: Path) -> Path:
    """A fifth died on the day of treatment, and another was lost on it; one progressed on it."""
    patients, lesions = drawn(30, 5)
    patients.loc[::5, ["follow_up_months", "died", "progression_months"]] = [0.0, 1, np.nan]
    patients.loc[1::5, ["follow_up_months", "died", "progression_months"]] = [0.0, 0, np.nan]
    patients.loc[2, "progression_months"] = 0.0
    ended = lesions["patient_id"].isin(
        patients.loc[patients["follow_up_months"] == 0, "patient_id"]
    )
    lesions.loc[ended, "local_recurrence_months"] = np.nan
    return write((patients, lesions), folder)


def _all_on_day_zero(folder: Path) -> Path:
    patients, lesions = drawn(12, 5)
    patients = patients.assign(follow_up_months=0.0, died=1, progression_months=np.nan)
    return write((patients, lesions.assign(local_recurrence_months=np.nan)), folder)


def _ties(folder: Path) -> Path:
    """Every time is a multiple of twelve months, and every age, size and interval the same or two."""
    patients, lesions = drawn(30, 5)
    years = 12.0 * np.ceil(patients["follow_up_months"] / 12)
    patients = patients.assign(
        follow_up_months=years, months_to_oligometastasis=12.0, age_years=50,
        progression_months=patients["progression_months"].where(
            patients["progression_months"].isna(), 12.0
        ),
        treatment_date="2015-02-01",
    )  # fmt: skip
    recurrence = lesions["local_recurrence_months"]
    lesions = lesions.assign(
        diameter_mm=np.where(np.arange(len(lesions)) % 2, 10, 20),
        local_recurrence_months=recurrence.where(recurrence.isna(), 12.0),
        months_since_negative_ct=lesions["months_since_negative_ct"].where(
            lesions["months_since_negative_ct"].isna(), 6.0
        ),
    )
    return write((patients, lesions), folder)


def last_bits(values: pd.Series, seed: int = 1) -> pd.Series:
    """The same times, each moved by up to two units in the last place."""
    rng = np.random.default_rng(seed)
    moved = values.to_numpy(float)
    for _ in range(2):
        moved = np.nextafter(moved, rng.choice([-1.0, 1.0], len(moved)) * np.inf)
    return pd.Series(np.maximum(moved, 0.0), values.index)


def _last_bits(folder: Path) -> Path:
    """The tied cohort, whose times differ in their last bits as sums of fractions do."""
    _ties(folder)
    patients = pd.read_csv(folder / "patients.csv")
    lesions = pd.read_csv(folder / "lesions.csv")
    ends = last_bits(patients["follow_up_months"])
    patients["progression_months"] = patients["progression_months"].where(
        patients["progression_months"].isna(), np.minimum(12.0, ends)
    )
    patients["follow_up_months"] = ends
    owner = dict(zip(patients["patient_id"], ends, strict=True))
    limit = lesions["patient_id"].map(owner)
    lesions["local_recurrence_months"] = np.minimum(lesions["local_recurrence_months"], limit)
    return write((patients, lesions), folder)


def renamed(tables: Tables) -> Tables:
    """The same cohort under ids of every script, with markup, mathematics and formulas."""
    patients, lesions = tables
    called = {
        old: _NAMES[number % len(_NAMES)] + (f" {number}" if number >= len(_NAMES) else "")
        for number, old in enumerate(patients["patient_id"])
    }
    return (
        patients.assign(patient_id=patients["patient_id"].map(called)),
        lesions.assign(
            patient_id=lesions["patient_id"].map(called), lesion_id="=" + lesions["lesion_id"]
        ),
    )


def _names(folder: Path) -> Path:
    return write(renamed(drawn(30, 5)), folder)


def _never(folder: Path) -> Path:
    """Nobody died, progressed or recurred, and no lesion has an earlier scan."""
    patients, lesions = drawn(30, 5)
    return write(
        (
            patients.assign(died=0, progression_months=np.nan),
            lesions.assign(local_recurrence_months=np.nan, months_since_negative_ct=np.nan),
        ),
        folder,
    )


DISEASE = {
    "site": ("bone", "liver", "brain"),
    "treatment": ("radiosurgery", "surgery", "none"),
    "histology": ("ductal", "lobular", "other"),
}
"""Levels of a cohort of another disease, in place of the book's, each by its place."""


LEVELS_OF_THE_STUDY = (
    r"\b(?:supraclavicular|lungs?|squamous|adenocarcinoma|radiotherapy|ablation)\b"
)
"""Levels of the study's sites, histologies and treatments that another disease need not have."""
OF_THE_STUDY = rf"{LEVELS_OF_THE_STUDY}|\b(?:neck|wom[ae]n)\b"
"""The same, and other words for its sites and its patients."""


def another_disease(folder: Path, *, without: tuple[str, ...] = ("figo_stage",)) -> Path:
    """Breast cancer: three sites of other names, as its own file declares, and columns that are not there."""
    tables = drawn(40, 11)
    levels = published.load().tables["patients"].columns
    own = [
        frame.assign(
            **{
                name: frame[name].map(dict(zip(levels[name].levels, here, strict=True)))
                for name, here in DISEASE.items()
                if name in frame
            }
        ).drop(columns=list(without), errors="ignore")
        for frame in tables
    ]
    write((own[0], own[1]), folder)
    about = {"title": "Breast, ward nine", "levels": DISEASE | {"histology": "as found"}}
    (folder / "datapackage.json").write_text(json.dumps(about))
    return folder


SIZES = (8, 16, 24)
_WORDS = ("bone", "liver", "brain", "thyroid, left", "N1/N2", "µ & <b>", "other sites")


def any_other(folder: Path, seed: int) -> Path:
    """A small cohort that lacks columns and declares levels of its own, all as a seed draws them.

    Of two categories one has own levels, listed, or as its table has them; of each level there may be
    nobody, and more levels than the book's are as likely as fewer.
    """
    rng = np.random.default_rng([17, seed])
    frames = dict(
        zip(("patients", "lesions"), drawn(int(rng.choice(SIZES)), 1000 + seed), strict=True)
    )
    levels: dict[str, list[str] | str] = {}
    for name in ("site", "treatment", "histology", "figo_stage"):
        if rng.random() < 0.5:
            own = [str(word) for word in rng.permutation(_WORDS)[: rng.integers(1, 6)]]
            levels[name] = own if rng.random() < 0.7 else "as found"
            for table, frame in frames.items():
                if name in frame:
                    frames[table] = frame.assign(**{name: rng.choice(own, len(frame))})
    for table, spec in published.load().tables.items():
        gone = [
            name
            for name, column in spec.columns.items()
            if not column.needed and rng.random() < 0.25
        ]
        frames[table] = frames[table].drop(columns=gone)
    write((frames["patients"], frames["lesions"]), folder)
    about = {"title": f"Ward {seed}", "levels": levels}
    (folder / "datapackage.json").write_text(json.dumps(about))
    return folder


COHORTS: dict[str, Callable[[Path], Path]] = {
    "one patient": partial(_at_random, patients=1, seed=1),
    "two patients": partial(_at_random, patients=2, seed=2),
    "three patients": partial(_at_random, patients=3, seed=3),
    "five at random": partial(_at_random, patients=5, seed=6),
    "eight at random": partial(_at_random, patients=8, seed=8),
    "eight others": partial(_at_random, patients=8, seed=9),
    "sixteen at random": partial(_at_random, patients=16, seed=16),
    "twenty-four at random": partial(_at_random, patients=24, seed=24),
    "nobody died": partial(_with, died=0),
    "nothing happened": _never,
    "all died": partial(_with, died=1),
    "all died at once": partial(_with, died=1, follow_up_months=12.0, progression_months=np.nan),
    "one group": _one_group_empty,
    "day 0": _day_zero,
    "all on day 0": _all_on_day_zero,
    "ties everywhere": _ties,
    "ties but for the last bit": _last_bits,
    "three progressed early": partial(_at_random, patients=90, seed=21),
    "names": _names,
    "another": partial(books.other_cohort, patients=31),
    "another disease": another_disease,
}
"""What each is called, and what writes it."""
