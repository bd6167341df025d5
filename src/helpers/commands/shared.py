"""What commands share: a refusal, where a study and a cohort come from, what can be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import published
from ..published import PublishedError, Study

if TYPE_CHECKING:
    from tqdm import tqdm

    from ..cohort import Cohort

published_option = click.option(
    "--published",
    "file",
    type=click.Path(path_type=Path),
    help="Printed numbers  [the shipped ones]",
)
quiet_option = click.option("--quiet", is_flag=True, help="No progress bar")


class Progress:
    """A bar that is there once something was told; what was done by then says nothing of the rate.

    Attributes
    ----------
    done : int
        What was told last.
    """

    def __init__(self, total: int, unit: str, quiet: bool, desc: str | None = None) -> None:
        self.done = 0
        self._total, self._unit, self._quiet, self._desc = total, unit, quiet, desc
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int) -> None:
        """Tell how much is done."""
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(
                total=self._total,
                initial=done,
                unit=self._unit,
                desc=self._desc,
                disable=self._quiet,
            )
        else:
            self._bar.update(done - self.done)
        self.done = done

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()


class Refused(click.ClickException):
    """One clear sentence on standard error, and exit code 2."""

    exit_code = 2


@contextmanager
def refusing(*errors: type[ValueError], out: Path | None = None) -> Iterator[None]:
    """Within, what is wrong with a study, and what these errors say, is refused.

    Parameters
    ----------
    *errors : type
        Errors whose message is a sentence for a reader.
    out : Path, optional
        Where something is written: that it cannot be is refused, too.

    Raises
    ------
    Refused
    """
    sentences: tuple[type[ValueError], ...] = (PublishedError, *errors)
    try:
        yield
    except sentences as error:
        raise Refused(str(error)) from None
    except OSError as error:
        if out is None:
            raise
        reason = error.strerror or error
        raise Refused(f"{error.filename or out}: cannot be written: {reason}") from None


def load_study(file: Path | None) -> Study:
    """The study of `--published`.

    Raises
    ------
    Refused
        When it cannot be read.
    """
    with refusing():
        return published.load(file)


def load_cohort(folder: Path | None, study: Study) -> Cohort:
    """A cohort of a study; the shipped one when left out.

    Raises
    ------
    Refused
        When it breaks the contract.
    """
    from .. import cohort  # pandas is slow to import

    with refusing(cohort.CohortError):
        return cohort.load(folder, study)


def check_file(path: Path) -> None:
    """Refuse a file that cannot be written, before the work and not after it.

    Raises
    ------
    Refused
    """
    if path.is_dir():
        raise Refused(f"{path}: a file was expected, found a folder")
    _check_writable(path, path.parent)


def check_folder(path: Path) -> None:
    """Refuse a folder that cannot be written, before the work and not after it.

    Raises
    ------
    Refused
    """
    if path.exists() and not path.is_dir():
        raise Refused(f"{path}: a folder was expected, found a file")
    _check_writable(path, path)


def _check_writable(path: Path, folder: Path) -> None:
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise Refused(f"{path}: cannot be written: {nearest} is no folder that can be written to")
