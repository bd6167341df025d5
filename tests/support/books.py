"""Books for the tests: a copy of this one, a tiny one, and a cohort unlike the shipped one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import builder
import limits
import numpy as np
import pandas as pd
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
EPOCH = 1_700_000_000
"""A date for builds that have to be the same, in seconds since 1970."""
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "_build", "*.pyc", ".*_cache", ".hypothesis", "*.egg-info", "tests"
)
_EXECUTED = ".jupyter_cache"
_SETTINGS = re.compile(
    r"COHORT|ROWS|LAUNCH|REPOSITORY|SITE_ADDRESS|SOURCE_DATE_EPOCH|(GITHUB|GIT|CI)_\w+"
)


def settings_for(root: Path, **settings: str) -> dict[str, str]:
    """The variables for building the book of a folder: its own helpers, and nothing of the caller's book."""
    return {
        **{name: value for name, value in os.environ.items() if not _SETTINGS.fullmatch(name)},
        "PYTHONPATH": str(root / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
        **settings,
    }


@dataclass(frozen=True)
class Built:
    """How a build ended, and what it wrote and said."""

    folder: Path
    code: int
    said: str

    @property
    def executed(self) -> set[str]:
        """The notebooks that were run, not taken from the cache."""
        return set(re.findall(r"^executed (\S+) in", self.said, re.MULTILINE))

    def page(self, name: str) -> str:
        """The HTML of a page."""
        return (self.folder / f"{name}.html").read_text(encoding="utf-8")

    def soup(self, name: str) -> BeautifulSoup:
        """A page as a tree, which all tests of a worker share; nobody changes it."""
        path = self.folder / f"{name}.html"
        return _parsed(path, path.stat().st_mtime_ns)

    def text(self, name: str) -> str:
        """The words of a page."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", self.page(name)))


@lru_cache(maxsize=100)
def _parsed(path: Path, changed: int) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@dataclass(frozen=True)
class Book:
    """The folder of a book whose own `src/helpers` is the one that its notebooks import."""

    root: Path

    def build(
        self,
        *options: str,
        strict: bool = True,
        cohort: Path | None = None,
        epoch: int | None = None,
        **settings: str,
    ) -> Built:
        """Build it as `make book` does.

        Parameters
        ----------
        epoch : int, optional
            The date of a build that is to be repeatable.
        **settings : str
            Further variables of the environment.
        """
        environment = settings_for(self.root, **settings)
        if cohort is not None:
            environment["COHORT"] = str(cohort)
        if epoch is not None:
            environment["SOURCE_DATE_EPOCH"] = str(epoch)
        gate = ["-W", "-n", "--keep-going"] if strict else []
        code, said = builder.build(["build", str(self.root), *gate, *options], environment)
        said = re.sub(r"\x1b\[[0-9;]*m", "", said)
        return Built(self.root / "_build" / "html", code, said)

    def make(self, *targets: str) -> None:
        """Run `make` in it, with the environment of this repository."""
        done = subprocess.run(
            ["make", *targets, f"RUN={sys.executable}", "READER=", "DEVELOPER="],
            cwd=self.root,
            env=settings_for(self.root),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=limits.HANGING,
        )
        assert done.returncode == 0, done.stdout

    @property
    def built(self) -> Built:
        """What the last build wrote."""
        return Built(self.root / "_build" / "html", 0, "")

    def share_executed(self, built: Path = ROOT / "_build") -> None:
        """Take executed notebooks from where another build keeps them, and put new ones there."""
        kept = (built / _EXECUTED).resolve()
        kept.mkdir(parents=True, exist_ok=True)
        (self.root / "_build").mkdir()
        (self.root / "_build" / _EXECUTED).symlink_to(kept)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the book; the text has to be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def chapter(name: str) -> str:
    """The files of a chapter without their ending, such as `05-overall-survival`, by its name alone."""
    (path,) = (ROOT / "notebooks").glob(f"[0-9][0-9]-{name}.md")
    return path.stem


def number(name: str) -> int:
    """The number that a chapter has today, in the names of its tables and figures."""
    return int(chapter(name)[:2])


def copy(folder: Path) -> Book:
    """This book, without what is built."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
    return Book(folder)


def repository(folder: Path) -> Book:
    """What git tracks of this book, as it stands, in a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for step in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *step], cwd=folder, check=True)
    return Book(folder)


_CHAPTER = """\
---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

{prose}

```{{code-cell}} ipython3
{code}
```

{after}
"""
_TOC = """\
format: jb-book
root: book/index
chapters:
  - file: notebooks/01-quotes.ipynb
  - file: notebooks/02-plain.ipynb
  - file: book/words
"""


def tiny(folder: Path) -> Book:
    """A book of two notebooks and two pages, with this one's settings, extensions and helpers."""
    for name in ("src", "data", "book/_extensions", "book/_static", "book/_templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
    for name in ("_config.yml", "CITATION.cff", "requirements.txt", "book/references.bib"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "_toc.yml").write_text(_TOC)
    (folder / "book" / "index.md").write_text(
        "# Front\n\nPrinted: {printed}`os-36-scf`.\n\n"
        "```{glue} patients\n:doc: ../notebooks/01-quotes.ipynb\n```\n"
    )
    (folder / "book" / "words.md").write_text(
        "# Words\n\n```{glossary}\nhazard\n  A rate.\n```\n\n(here)=\n## Here\n\nText.\n"
    )
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "01-quotes.md").write_text(
        _CHAPTER.format(
            title="Quotes",
            prose="A {term}`hazard` of [words](#here). Prose of the first.",
            code="from myst_nb import glue\nfrom helpers import cohort\n"
            "patients = cohort.load().patients\nglue('patients', len(patients), display=False)\n"
            "glue('days', cohort.DAYS_PER_MONTH, display=False)\n"
            "glue('age', patients['age_years'].sum(), display=False)",
            after="There are {glue}`patients` patients, a month has {glue}`days` days, age {glue}`age`.",
        )
    )
    (folder / "notebooks" / "02-plain.md").write_text(
        _CHAPTER.format(title="Plain", prose="Second.", code="print(6 * 7)", after="End.")
    )
    return Book(folder)


def other_cohort(folder: Path, patients: int = 30, seed: int = 7) -> Path:
    """Write a cohort that meets the contract and is unlike the shipped one.

    It is smaller, nobody has disease at another site than neck or lung, and nothing recurred
    locally. It does not say that it is synthetic, so the book has to call it by its name.
    """
    rng = np.random.default_rng(seed)
    ids = [f"A{number}" for number in range(1, patients + 1)]
    site = rng.choice(["supraclavicular", "lung"], patients)
    follow_up = (1 + 34 * rng.weibull(1.4, patients)).round(1)
    progressed = rng.random(patients) < 0.2
    table = pd.DataFrame(
        {
            "patient_id": ids,
            "site": site,
            "months_to_oligometastasis": rng.exponential(18, patients).round(1),
            "regional_recurrence": rng.integers(0, 2, patients),
            "treatment_date": pd.Timestamp("2015-02-01")
            + pd.to_timedelta(rng.integers(0, 900, patients), unit="D"),
            "treatment": rng.choice(["radiotherapy", "surgery", "ablation"], patients),
            "systemic_therapy": rng.integers(0, 2, patients),
            "age_years": rng.integers(31, 82, patients),
            "histology": rng.choice(["squamous", "adenocarcinoma"], patients),
            "figo_stage": rng.choice(["I", "II", "III"], patients),
            "follow_up_months": follow_up,
            "died": rng.integers(0, 2, patients),
            "progression_months": np.where(progressed, (follow_up / 2).round(1), np.nan),
        }
    )
    owners = [owner for owner in ids for _ in range(rng.integers(1, 4))]
    since = rng.uniform(1, 20, len(owners)).round(1)
    lesions = pd.DataFrame(
        {
            "lesion_id": [f"B{number}" for number in range(1, len(owners) + 1)],
            "patient_id": owners,
            "site": [dict(zip(ids, site, strict=True))[owner] for owner in owners],
            "diameter_mm": (8 * np.exp(since / 14 + rng.normal(0, 0.2, len(owners)))).round(),
            "months_since_negative_ct": np.where(rng.random(len(owners)) < 0.6, since, np.nan),
            "local_recurrence_months": np.nan,
        }
    ).astype({"diameter_mm": int})
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "patients.csv", index=False)
    lesions.to_csv(folder / "lesions.csv", index=False)
    return folder
