"""Build the whole book, or a short one on another study, into one thing, as strictly as its pages.

`jupyter-book build --builder custom` does this too, but among the page builds' own notes of what is
up to date, which would let the next `make book` leave out what changed; here those notes stand apart.
The cache of executed notebooks is the same one.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from extensions import about, short_book, wholebook
from jupyter_book.sphinx import build_sphinx

from helpers import published

ROOT = Path(__file__).resolve().parents[2]
SHORT_BOOK = ROOT / "book" / "another"


def titles() -> about.About:
    """What the book says of itself: this one, or the short one on the study that `PUBLISHED` names."""
    file = os.environ.get("PUBLISHED")
    return short_book.front_of(published.load(file)).about if file else about.book()


def build(output: Path, builder: str) -> Path:
    """Build with one of the book's own builders; ends the program where the book has errors.

    Parameters
    ----------
    output : Path
        The folder that has, or gets, `_build`.
    builder : str

    Returns
    -------
    Path
        What the builder wrote into.
    """
    source = SHORT_BOOK if os.environ.get("PUBLISHED") else ROOT
    target = output.resolve() / "_build" / builder
    shutil.rmtree(target, ignore_errors=True)
    code = build_sphinx(
        source,
        target,
        noconfig=True,
        path_config=source / "_config.yml",
        confoverrides={
            "external_toc_path": (source / "_toc.yml").as_posix(),
            "latex_individualpages": False,
            "nitpicky": True,
        },
        doctreedir=target.parent / f".doctrees-{builder}",
        builder=builder,
        warningiserror=True,
        keep_going=True,
    )
    if code != 0:
        print("The book has errors: see above.", file=sys.stderr)
        raise SystemExit(1)
    return target


def place(content: bytes, made: Path, kind: str) -> None:
    """Write the file of the whole book, note what it was made from, and say where it is.

    Parameters
    ----------
    content : bytes
    made : Path
        What `build` gave.
    kind : str
        `pdf` or `epub`.
    """
    folder = made.parent / kind
    folder.mkdir(exist_ok=True)
    (folder / wholebook.STATE).unlink(missing_ok=True)
    for older in folder.glob(f"*.{kind}"):
        older.unlink()
    file = folder / f"{titles().file}.{kind}"
    files = [(file, content)]
    if (made / wholebook.STATE).exists():  # pages of a short book link no file of it
        files.append((folder / wholebook.STATE, (made / wholebook.STATE).read_bytes()))
    for path, written in files:
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(written)
        os.replace(new, path)
    print(f"Open {file}")


def refuse(why: str) -> NoReturn:
    """End the program with one sentence."""
    print(why, file=sys.stderr)
    raise SystemExit(2)
