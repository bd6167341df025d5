"""What the short book on another study needs before its pages: the study's name, and the long work.

`name FILE` writes the name; `prepare FILE FOLDER` looks for contradictions, else for a cohort, and
draws many; `notebooks FILE FOLDER` puts the executed pages of a build beside what they read, so that
they run again from there. What is wrong with the file is said in one sentence.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers import published
from helpers.published import PublishedError, Study

_PAGE = re.compile(r"\((\w+)\.md\)")
"""A link from one page to another."""


def _prepare(study: Study, folder: Path) -> None:
    from tqdm import tqdm

    from helpers import shortbook

    bar: tqdm | None = None
    told = ""

    def progress(what: str, done: int, of: int) -> None:
        nonlocal bar, told
        if bar is None or told != what:
            if bar is not None:
                bar.close()
            told = what
            bar = tqdm(total=of, desc=what, unit=" cohorts", unit_scale=True)
        bar.update(done - bar.n)

    try:
        found = shortbook.prepare(study, folder, progress=progress)
    finally:
        if bar is not None:
            bar.close()
    if found.how != "found":
        words = "no cohort prints these numbers" if found.how == "impossible" else "none was found"
        print(f"{study.study.name}: {words}; the book says why", flush=True)
    elif found.no_ensemble:
        print(f"{study.study.name}: {found.no_ensemble}; the book says so", flush=True)


def _notebooks(file: Path, built: Path) -> None:
    """The pages as notebooks with their outputs, their study, and what was computed for it."""
    from helpers import shortbook

    new, folder = built / "notebooks.new", built / "notebooks"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    for page in sorted((built / "jupyter_execute").glob("*.ipynb")):
        text = _PAGE.sub(r"(\1.ipynb)", page.read_text(encoding="utf-8"))
        (new / page.name).write_text(text, encoding="utf-8", newline="\n")
    shutil.copyfile(file, new / shortbook.STUDY)
    shutil.copytree(built / "work", new / shortbook.WORK, ignore=shutil.ignore_patterns("drawn"))
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def _short(file: str) -> str:
    """What to do with a file in the short form; empty for any other."""
    from helpers import short

    try:
        short.read(Path(file).read_text(encoding="utf-8"), file)
    except (OSError, ValueError):
        return ""
    return f"{file}: this is the short form; python -m helpers new {file} > study.yaml writes the full one"


def main(arguments: Sequence[str]) -> int:
    """Do what is named; gives the exit code."""
    verb, file, *rest = arguments
    try:
        study = published.load(file)
        if verb == "name":
            print(study.study.name)
        elif verb == "notebooks":
            _notebooks(Path(file), Path(rest[0]))
        else:
            _prepare(study, Path(rest[0]))
    except PublishedError as error:
        print(_short(file) or error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
