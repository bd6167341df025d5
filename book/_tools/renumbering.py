"""The files of chapters by number and name, and every text that names them, in new words and place."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from extensions import pairing

NOTEBOOKS = Path("notebooks")
EXERCISES = Path("src/helpers/exercises")
TOC = Path("_toc.yml")
_FOLDERS = ("book", "notebooks", "src", "tests", ".github", ".ci")
TEXTS = {".md", ".yml", ".yaml", ".py", ".json", ".toml", ".cff", ".js", ".css", ".html", ".jinja"}
_LINK = re.compile(r"\[(?P<words>[^\[\]]*)\](?P<target>\([^()\s]*\))")


class ChapterError(ValueError):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True)
class Chapter:
    """A chapter: its place in the book, and its name."""

    number: int
    name: str

    @property
    def stem(self) -> str:
        """The name of its files, without ending."""
        return f"{self.number:02d}-{self.name}"


Files = dict[Path, bytes | None]
"""Contents by path, from the root of the repository; None where a file is to go."""


def chapters(root: Path) -> list[Chapter]:
    """The chapters in their order.

    Raises
    ------
    ChapterError
        When their numbers do not run from 1, or `_toc.yml` has them in another order.
    """
    stems = sorted(path.stem for path in (root / NOTEBOOKS).glob("[0-9]*.md"))
    found = [Chapter(int(stem[:2]), stem[3:]) for stem in stems]
    if [chapter.number for chapter in found] != list(range(1, len(found) + 1)):
        raise ChapterError(f"{NOTEBOOKS}: numbers from 1 on were expected, found {stems}")
    listed = re.findall(r"file: notebooks/(\S+)\.ipynb", (root / TOC).read_text(encoding="utf-8"))
    if listed != stems:
        raise ChapterError(f"{TOC}: the chapters in the order of their numbers were expected")
    return found


def renumbered(
    root: Path,
    old: list[Chapter],
    names: list[str],
    renamed: Mapping[str, str] = MappingProxyType({}),
    leave: Collection[Path] = (),
) -> Files:
    """Every file that speaks of a chapter whose number or name is another, in new words and place."""
    new = {name: Chapter(number, name) for number, name in enumerate(names, 1)}
    changed = {}
    for chapter in old:
        after = new[renamed.get(chapter.name, chapter.name)]
        if after != chapter:
            changed[chapter.stem] = (chapter, after)
    if apart := pairing.synchronise(root / NOTEBOOKS, write=False):
        raise ChapterError(f"run `make pair` first: {apart[0]}")
    files: Files = {}
    written: Files = {}
    for path in set(texts(root)) - set(leave):
        text = (root / path).read_text(encoding="utf-8")
        target, words = _place(path, changed), _words(path, text, changed)
        if target != path:
            files[path] = None
        if (target, words) != (path, text):
            written[target] = words.encode()
            if path.parent == NOTEBOOKS:
                files[path.with_suffix(".ipynb")] = None
                notebook = pairing.to_file(pairing.from_text(words))
                written[target.with_suffix(".ipynb")] = notebook.encode()
    return files | written


def texts(root: Path) -> list[Path]:
    """The texts of the repository that people edit, from its root; notebooks follow from theirs."""
    found = [path for path in root.iterdir() if path.is_file()]
    for folder in _FOLDERS:
        found += (root / folder).rglob("*")
    return sorted(
        path.relative_to(root) for path in found if path.suffix in TEXTS and path.is_file()
    )


def _place(path: Path, changed: dict[str, tuple[Chapter, Chapter]]) -> Path:
    """Where a file stands afterwards."""
    if path.stem in changed:
        return path.with_name(changed[path.stem][1].stem + path.suffix)
    for before, after in changed.values():
        if path == EXERCISES / f"ch{before.number:02d}.py":
            return EXERCISES / f"ch{after.number:02d}.py"
    return path


def _words(path: Path, text: str, changed: dict[str, tuple[Chapter, Chapter]]) -> str:
    """A text that names chapters as they are afterwards."""
    if not changed:
        return text
    stem = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, changed))})(?![\w-])")

    def link(found: re.Match[str]) -> str:
        if not (named := stem.search(found["target"])):
            return found[0]
        before, after = changed[named[1]]
        number = rf"^{before.number}(?=: )|(?<=[Cc]hapter ){before.number}\b"
        return f"[{re.sub(number, str(after.number), found['words'])}]{found['target']}"

    text = stem.sub(lambda found: changed[found[1]][1].stem, _LINK.sub(link, text))
    if path.suffix == ".py":
        numbers = {f"{a.number:02d}": f"{b.number:02d}" for a, b in changed.values()}
        text = re.sub(r"\bch(\d\d)\b", lambda found: f"ch{numbers.get(found[1], found[1])}", text)
        for before, after in changed.values():  # tests ask for the files of a chapter by its name
            text = re.sub(rf"""(chapter\(["']){before.name}(["']\))""", rf"\1{after.name}\2", text)
    return text


def write(root: Path, files: Files) -> None:
    """Write files and take away others; where a file cannot be written, nothing has changed.

    Every file is written beside its place first, and only then are they moved into it.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for path, content in files.items():
            if content is not None:
                new = (root / path).with_name(f".{path.name}.new")
                staged.append((new, root / path))
                new.write_bytes(content)
        for new, target in staged:
            os.replace(new, target)
    finally:
        for new, _ in staged:
            new.unlink(missing_ok=True)
    for path, content in files.items():
        if content is None:
            (root / path).unlink()
