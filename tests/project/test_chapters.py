"""`make chapter`: a number or a name of a chapter changes wherever it stands, or nothing does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import books
import chapters
import pytest
import yaml
from renumbering import TEXTS, Chapter
from report import pairing

_LINK = re.compile(r"\]\(([^()\s#]+\.(?:ipynb|md))(?:#[^()\s]*)?\)")
_STEM = re.compile(r"(?<![\w-])([0-2][0-9]-[a-z][a-z-]{4,})(?![\w-])")
_NUMBERED = re.compile(r"\[([^\[\]]*)\]\((?:[^()\s]*/)?(\d\d)-[a-z][^()\s]*\)")
_FOLDERS = ("notebooks", "book", "src/helpers", "tests")


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a copy."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def texts(root: Path) -> dict[str, str]:
    """Every file of a repository that may name a chapter."""
    found = [path for folder in _FOLDERS for path in (root / folder).rglob("*")]
    found += [path for path in root.iterdir() if path.suffix in {".md", ".yml", ".toml", ".cff"}]
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if path.suffix in TEXTS | {".ipynb"} and path.is_file() and "reference" not in path.parts
    }


def dangling(root: Path) -> list[str]:
    """Links to pages that are not there, and names of chapters that no chapter has."""
    stems = {chapter.stem for chapter in chapters.chapters(root)}
    names = {chapter.name for chapter in chapters.chapters(root)}
    faults, links = [], 0
    for path, text in texts(root).items():
        if path.endswith(".md"):
            for target in _LINK.findall(text):
                if "://" not in target and not path.startswith("book/_tools"):
                    links += 1
                    if not (root / path).parent.joinpath(target).is_file():
                        faults.append(f"{path}: {target}")
        faults += [
            f"{path}: {stem}"
            for stem in _STEM.findall(text)
            if stem[3:] in names and stem not in stems
        ]
    assert links > 200
    return faults


def wrong_numbers(root: Path) -> list[str]:
    """Links whose words tell another number than the page has."""
    found, seen = [], 0
    for path, text in texts(root).items():
        for words, number in _NUMBERED.findall(text):
            if told := re.search(r"^(\d+): |[Cc]hapter (\d+)", words):
                seen += 1
                if int(told[1] or told[2]) != int(number):
                    found.append(f"{path}: [{words}] for {number}")
    assert seen > 50
    return found


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, tests included."""
    root = books.copy(tmp_path_factory.mktemp("chapters") / "book").root
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(books.ROOT / "tests", root / "tests", ignore=ignored)
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(original, tmp_path / "book")
    return tmp_path / "book"


def by_name(root: Path) -> dict[str, int]:
    return {chapter.name: chapter.number for chapter in chapters.chapters(root)}


def test_the_links_and_names_of_this_book_are_true():
    assert not dangling(books.ROOT)
    assert not wrong_numbers(books.ROOT)


def test_a_chapter_is_told_by_number_only_in_a_link_to_it():
    loose = []
    for path, text in texts(books.ROOT).items():
        if path.endswith((".md", ".py")) and "test_" not in path:
            bare = re.sub(r"\[[^\[\]]*\]\([^()\s]*\)", "", text)
            loose += [f"{path}: {m[0]}" for m in re.finditer(r"[Cc]hapter \d+(?!, doi)\b", bare)]
    assert not loose


@pytest.mark.full
def test_a_chapter_is_inserted_and_another_renamed(root: Path):
    before = by_name(root)
    assert chapters.main(["insert", "7", "two-arms", "Two arms"], root) == 0
    assert chapters.main(["rename", "local-control", "kept-in-check"], root) == 0
    after = by_name(root)
    assert after["two-arms"] == 7
    assert after["kept-in-check"] == before["local-control"]
    for name, number in before.items():
        if name != "local-control":
            assert after[name] == number + (number >= 7), name

    assert not dangling(root)
    assert not wrong_numbers(root)
    assert pairing.synchronise(root / "notebooks", write=False) == []
    old = [Chapter(number, name).stem for name, number in before.items() if number >= 7]
    old.append(Chapter(before["local-control"], "local-control").stem)
    for path, text in texts(root).items():
        left = [stem for stem in old if stem in text or stem in path]
        assert not left, f"{path} still names {left}"

    toc = yaml.safe_load((root / "_toc.yml").read_text())
    part = next(part for part in toc["parts"] if "two-arms" in str(part))
    assert "overall-survival" in str(part)
    assert "new-progression" in str(part)
    said = collected(root)
    assert "two-arms" in said
    assert "kept-in-check" in said


@pytest.mark.full
def test_what_a_new_chapter_comes_with_is_complete(root: Path):
    assert chapters.main(["insert", str(COUNT + 1), "two-arms", "Two arms"], root) == 0
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "two-arms"]
    done = subprocess.run(
        [*command, "tests/teaching/test_exercises.py", "tests/teaching/test_prose.py"],
        cwd=root, env=books.settings_for(root), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 8


def collected(root: Path) -> str:
    """What pytest finds in the tests that go through the chapters of a copy."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/teaching", "tests/pages", "tests/project", "tests/figures"],
        cwd=root, env=books.settings_for(root), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.full
def test_a_chapter_that_moves_and_comes_back_leaves_everything_as_it_was(root: Path):
    before = contents(root)
    number = by_name(root)["overall-survival"]
    assert chapters.main(["move", "overall-survival", "9"], root) == 0
    assert by_name(root)["overall-survival"] == 9
    assert not dangling(root)
    assert chapters.main(["move", "overall-survival", str(number)], root) == 0
    assert contents(root) == before


def test_a_chapter_that_is_inserted_and_removed_leaves_everything_as_it_was(root: Path):
    before = contents(root)
    assert chapters.main(["insert", "3", "two-arms", "Two arms"], root) == 0
    assert chapters.main(["remove", "two-arms"], root) == 0
    assert contents(root) == before


COUNT = len(chapters.chapters(books.ROOT))
REFUSED = {
    "a number that is none": (
        ["insert", "40", "arms", "A"],
        f"number: 1 to {COUNT + 1} was expected, found 40",
    ),
    "a name that is taken": (["insert", "7", "local-control", "A"], "a chapter has that name"),
    "a name that is no name": (["insert", "7", "Two Arms", "A"], "small letters and digits"),
    "a title with markup": (["insert", "7", "arms", "{term}`A`"], "without markup, were expected"),
    "a chapter that is none": (["rename", "local-contrl", "a"], "no chapter has that name; local-control has"),
    "a new name that is taken": (["rename", "local-control", "scorecard"], "a chapter has that name"),
    "a place where it is": (
        ["move", "the-study", "1"],
        f"1 to {COUNT} but not 1 was expected, found 1",
    ),
    "one that others speak of": (["remove", "tumour-growth"], "take out first what speaks of it: book/"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_said_in_one_sentence_and_nothing_changes(
    original: Path, capsys: pytest.CaptureFixture[str], case: str
):
    arguments, sentence = REFUSED[case]
    before = contents(original)
    assert chapters.main(arguments, original) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert contents(original) == before


def test_pairs_that_differ_are_refused(root: Path, capsys: pytest.CaptureFixture[str]):
    path = root / "notebooks" / f"{books.chapter('the-study')}.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert chapters.main(["rename", "local-control", "kept-in-check"], root) == 2
    assert "run `make pair` first: " in capsys.readouterr().err


def test_a_file_that_cannot_be_written_leaves_everything_as_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    before, write, written = contents(root), Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert chapters.main(["rename", "local-control", "kept-in-check"], root) == 2
    assert len(written) == 5
    assert contents(root) == before
