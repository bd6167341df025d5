"""Insert, rename, move or remove a chapter: its number and name change wherever they stand.

A chapter is `notebooks/NN-name.md` with its `.ipynb`, `exercises/chNN.py`, the quiz
`exercises/questions/NN-name.yaml`, a line of `_toc.yml`, and every link to it. Links are plain ones, so
that they work on GitHub and in Jupyter too; this is what keeps them true. Everything is worked out
before anything is written. Neither jupyter-book nor Jupytext renames pages; Sphinx only says which
links a renamed one has broken.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from string import Template

from extensions import pairing
from renumbering import (
    EXERCISES,
    NOTEBOOKS,
    TOC,
    Chapter,
    ChapterError,
    Files,
    chapters,
    renumbered,
    texts,
    write,
)

ROOT = Path(__file__).resolve().parents[2]
SKELETON = Path(__file__).with_name("new_chapter")
MEASURED = Path("book/measured.json")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def insert(root: Path, number: int, name: str, title: str) -> Files:
    """A chapter from the skeleton takes a number; that one and those after it move up."""
    book = chapters(root)
    if not 1 <= number <= len(book) + 1:
        raise ChapterError(f"number: 1 to {len(book) + 1} was expected, found {number}")
    _refuse_name(book, name)
    if not title.strip() or re.search(r"[\n`\[\]{}$\"\\]", title):
        raise ChapterError(f"title: words on one line, without markup, were expected: {title!r}")
    names = [chapter.name for chapter in book]
    names.insert(number - 1, name)
    files = renumbered(root, book, names)
    files[TOC] = _listed(_text(root, files, TOC), Chapter(number, name), names)
    return files | _skeleton(Chapter(number, name), title.strip())


def rename(root: Path, name: str, new: str) -> Files:
    """A chapter takes another name, and keeps its number."""
    book = chapters(root)
    _chapter(book, name)
    _refuse_name(book, new)
    names = [new if chapter.name == name else chapter.name for chapter in book]
    return renumbered(root, book, names, {name: new})


def move(root: Path, name: str, number: int) -> Files:
    """A chapter takes another number; those between move by one."""
    book = chapters(root)
    chapter = _chapter(book, name)
    if not 1 <= number <= len(book) or number == chapter.number:
        raise ChapterError(
            f"number: 1 to {len(book)} but not {chapter.number} was expected, found {number}"
        )
    names = [other.name for other in book if other.name != name]
    names.insert(number - 1, name)
    files = renumbered(root, book, names)
    files[TOC] = _listed(_text(root, files, TOC), Chapter(number, name), names)
    return files


def remove(root: Path, name: str) -> Files:
    """A chapter goes, and those after it move down.

    Raises
    ------
    ChapterError
        When another file speaks of it.
    """
    book = chapters(root)
    gone = _chapter(book, name)
    own = {NOTEBOOKS / f"{gone.stem}.md", NOTEBOOKS / f"{gone.stem}.ipynb"}
    own |= {EXERCISES / f"ch{gone.number:02d}.py", EXERCISES / "questions" / f"{gone.stem}.yaml"}
    speaks = {}
    for path in set(texts(root)) - own - {TOC, MEASURED}:
        if count := (root / path).read_text(encoding="utf-8").count(gone.stem):
            speaks[path.as_posix()] = count
    if speaks:
        places = ", ".join(f"{path} ({count})" for path, count in sorted(speaks.items()))
        raise ChapterError(f"{gone.stem}: take out first what speaks of it: {places}")
    left = [chapter for chapter in book if chapter != gone]
    files = renumbered(root, left, [chapter.name for chapter in left], leave=own)
    toc = _text(root, files, TOC).splitlines(keepends=True)
    files[TOC] = "".join(line for line in toc if f"/{gone.stem}.ipynb" not in line).encode()
    if (root / MEASURED).exists():
        measured = json.loads(_text(root, files, MEASURED))
        measured["pages"].pop(f"notebooks/{gone.stem}", None)
        files[MEASURED] = (json.dumps(measured, indent=1) + "\n").encode()
    return {path: None for path in own if (root / path).exists()} | files


def _chapter(book: list[Chapter], name: str) -> Chapter:
    for chapter in book:
        if name in (chapter.name, chapter.stem):
            return chapter
    near = get_close_matches(name, [chapter.name for chapter in book], 1)
    raise ChapterError(f"{name}: no chapter has that name{f'; {near[0]} has' if near else ''}")


def _refuse_name(book: list[Chapter], name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ChapterError(
            f"{name}: small letters and digits, words joined by hyphens, were expected"
        )
    if name in [chapter.name for chapter in book]:
        raise ChapterError(f"{name}: a chapter has that name")


def _listed(toc: str, chapter: Chapter, names: list[str]) -> bytes:
    """The table of contents with a chapter after the one before it, or else before the next."""
    first = chapter.number == 1
    beside = (
        Chapter(2, names[1]) if first else Chapter(chapter.number - 1, names[chapter.number - 2])
    )
    lines = [line for line in toc.splitlines(keepends=True) if f"/{chapter.stem}.ipynb" not in line]
    at = next(i for i, line in enumerate(lines) if f"/{beside.stem}.ipynb" in line)
    lines.insert(at + (not first), lines[at].replace(beside.stem, chapter.stem))
    return "".join(lines).encode()


def _text(root: Path, files: Files, path: Path) -> str:
    """What a file will hold."""
    content = files.get(path)
    return (root / path).read_bytes().decode() if content is None else content.decode()


def _skeleton(chapter: Chapter, title: str) -> Files:
    """The files of a new chapter, complete enough to be built and tested."""
    words = {"title": title, "stem": chapter.stem, "name": chapter.name}

    def filled(file: str) -> str:
        return Template((SKELETON / file).read_text(encoding="utf-8")).substitute(words)

    text = pairing.with_first_cell(filled("chapter.md"))
    stem = NOTEBOOKS / chapter.stem
    return {
        stem.with_suffix(".md"): text.encode(),
        stem.with_suffix(".ipynb"): pairing.to_file(pairing.from_text(text)).encode(),
        EXERCISES / f"ch{chapter.number:02d}.py": filled("exercises.py.txt").encode(),
        EXERCISES / "questions" / f"{chapter.stem}.yaml": filled("questions.yaml").encode(),
    }


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Do what the command line asks for; 2 when it cannot be done."""
    parser = argparse.ArgumentParser(prog="chapters.py", description=__doc__.partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, takes in {
        "insert": ("number", "name", "title"),
        "rename": ("name", "new"),
        "move": ("name", "number"),
        "remove": ("name",),
    }.items():
        one = verbs.add_parser(verb)
        for argument in takes:
            one.add_argument(argument, type=int if argument == "number" else str)
    given = vars(parser.parse_args(arguments))
    work: dict[str, Callable[..., Files]]
    work = {"insert": insert, "rename": rename, "move": move, "remove": remove}
    try:
        files = work[given.pop("verb")](root, **given)
        write(root, files)
    except (ChapterError, pairing.PairError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    gone = sum(content is None for content in files.values())
    print(f"{len(files) - gone} files are written, {gone} are gone; see `git status`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
