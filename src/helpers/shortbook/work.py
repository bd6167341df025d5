"""The long work behind a short book: the search for a cohort, and many cohorts, each done once.

What was found is kept in a folder by all that it depends on, so that a build that was stopped goes
on, and one after an edit of words computes nothing again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from .. import cohort as cohorts
from .. import ensemble as ensembles
from .. import kept, package, scorecard
from ..checks import contradictions
from ..cohort import Cohort
from ..ensemble import Ensemble, EnsembleError, Plan
from ..published import Study
from ..reconstruct import Reconstruction, UnsatisfiedError, reconstruct

SEED = 1
COHORTS = 300
"""Cohorts of the ensemble, all measures together."""
EVALUATIONS = 2_000_000
"""Cohorts that the search looks at, at most."""

How = Literal["found", "impossible", "not found"]


class ShortBookError(ValueError):
    """A short book that cannot be made; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What came of the work.

    Attributes
    ----------
    how : str
        Whether a cohort was found, is proved impossible, or was not found, which proves nothing.
    why : tuple of str
        Sentences: the proofs, or where the search ended.
    evaluations : int
        Cohorts that the search looked at.
    no_ensemble : str
        Why there are not many cohorts; empty where there are, or where there is not even one.
    cohort, ensemble : str
        Names of the folder and of the file, in the folder of the work; empty where there is none.
    """

    how: How
    why: tuple[str, ...] = ()
    evaluations: int = 0
    no_ensemble: str = ""
    cohort: str = ""
    ensemble: str = ""
    folder: Path = field(default=Path(), compare=False)

    def load_cohort(self, study: Study) -> Cohort:
        """The cohort that was found."""
        return cohorts.load(self.folder / self.cohort, study)

    def load_ensemble(self, study: Study) -> Ensemble:
        """The cohorts that were drawn."""
        return ensembles.load(self.folder / self.ensemble, study)


Progress = Callable[[str, int, int], None]


def prepare(
    study: Study,
    folder: Path,
    n: int = COHORTS,
    evaluations: int = EVALUATIONS,
    progress: Progress | None = None,
) -> Outcome:
    """Look for contradictions, else for a cohort, and draw many; what is kept is not done again.

    Parameters
    ----------
    study : Study
    folder : Path
        Where it is kept.
    n, evaluations : int
        Cohorts to draw, and cohorts to look at in the search for the first.
    progress : callable, optional
        Called with what is done, how much of it is done, and how much there is.

    Returns
    -------
    Outcome

    Raises
    ------
    PublishedError
        When the study cannot be searched.
    OSError
        When the folder cannot be written.
    """
    told = progress or (lambda what, done, of: None)
    found = _one(study, folder, evaluations, told)
    if found.how == "found":
        found = _many(found, study, n, told)
    about = {name: value for name, value in asdict(found).items() if name != "folder"}
    package.write(folder, {"outcome.json": json.dumps(about, indent=1).encode()})
    return found


def read(folder: Path) -> Outcome:
    """What `prepare` came to.

    Raises
    ------
    ShortBookError
        Where it did not run.
    """
    return _read(folder / "outcome.json", folder)


def _read(path: Path, folder: Path) -> Outcome:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ShortBookError(f"{path}: it is missing; make book PUBLISHED=… writes it") from None
    return Outcome(**{**about, "why": tuple(about["why"])}, folder=folder)


def _one(study: Study, folder: Path, evaluations: int, told: Progress) -> Outcome:
    """Proofs that there is no cohort, or one cohort, or neither."""
    if impossible := contradictions(study):
        return Outcome("impossible", tuple(one.text for one in impossible), folder=folder)
    key = kept.digest(_search, study.model_dump_json(), repr((SEED, evaluations)))
    try:
        return _read(folder / f"search-{key}.json", folder)
    except ShortBookError:
        pass
    found = _search(study, folder, f"cohort-{key}", evaluations, told)
    about = {name: value for name, value in asdict(found).items() if name != "folder"}
    package.write(folder, {f"search-{key}.json": json.dumps(about, indent=1).encode()})
    return found


def _search(study: Study, folder: Path, name: str, evaluations: int, told: Progress) -> Outcome:
    def progress(done: int, _: float) -> None:
        told("searching for a cohort", done, evaluations)

    try:
        found = reconstruct(study, SEED, evaluations, progress)
    except UnsatisfiedError as error:
        return Outcome("not found", (str(error),), evaluations, folder=folder)
    _write(study, found, folder / name)
    rows = scorecard.rows(cohorts.load(folder / name, study))
    off = tuple(f"{row.entry.id}: {row.reason}" for row in rows if row.agrees is False)
    if off:  # by the libraries, which share no code with the search
        return Outcome("not found", off, found.evaluations, folder=folder)
    return Outcome("found", (), found.evaluations, cohort=name, folder=folder)


def _write(study: Study, found: Reconstruction, folder: Path) -> None:
    title = f"Synthetic cohort, seed {SEED}"
    name = f"{study.study.name}-synthetic-{SEED}"
    package.write(folder, package.files(study, found.tables, name, title))


def _many(found: Outcome, study: Study, n: int, told: Progress) -> Outcome:
    """The same with many cohorts, or with why there are none."""
    one = asdict(found) | {"folder": found.folder}
    try:
        plan = Plan(study, n, SEED, tuple(study.measures))
        name = f"ensemble-{plan.digest}.parquet"
        if not (found.folder / name).is_file():
            drawn = ensembles.draw(
                plan,
                found.folder / "drawn",
                progress=lambda done: told("drawing many cohorts", done, n),
            )
            verdict = ensembles.verify(drawn)
            if not verdict.passed:
                failing = verdict.failures["cohort"].nunique()
                raise EnsembleError(f"{failing} of {n} cohorts do not print every number")
            package.write(found.folder, {name: drawn.to_bytes()})
    except EnsembleError as error:
        return Outcome(**{**one, "no_ensemble": str(error)})
    return Outcome(**{**one, "ensemble": name})
