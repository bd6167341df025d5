"""A release has every part, checksums that hold, and the same bytes for the same commit."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from report import disclosed
from tools import release

EPOCH = 1_700_000_001
NAME = "invented-1.2.3"
PARTS = {
    f"{NAME}-html.zip",
    f"{NAME}-data.zip",
    f"{NAME}-notebooks.zip",
    f"{NAME}-source.zip",
    f"{NAME}.pdf",
    f"{NAME}.epub",
    "CITATION.cff",
    "CHANGES.md",
    "LICENSE",
}
COMMITTED = {
    ".gitignore": "_build/\n",
    "pyproject.toml": '[project]\nname = "invented"\nversion = "1.2.3"\n',
    "CITATION.cff": 'version: 1.2.3\ndate-released: "2026-01-31"\n',
    "CHANGELOG.md": "# Changes\n\n## 1.2.3 (2026-01-31)\n\n- New.\n\n## 1.2.2 (2026-01-30)\n\n- Old.\n",
    "LICENSE": "Free.\n",
    "data/cohort/patients.csv": "patient_id\nP1\n",
    "notebooks/01-one.md": "# One\n",
    "notebooks/01-one.ipynb": "{}",
    "tool": "#!/bin/sh\n",
}
BUILT = {
    "html/index.html": "<title>Book</title>",
    "html/book/page.html": "<title>Page</title>",
    "pdf/book.pdf": "%PDF-1.7",
    "epub/book.epub": "PK",
    "notebooks/01-one.ipynb": '{"cells": []}',
    "notebooks/02-renamed-since.ipynb": "{}",
}


def git(root: Path, *arguments: str) -> str:
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for who in ("AUTHOR", "COMMITTER"):
        nobody |= {
            f"GIT_{who}_NAME": "Nobody",
            f"GIT_{who}_EMAIL": "nobody@localhost",
            f"GIT_{who}_DATE": f"@{EPOCH} +0500",
        }
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=os.environ | nobody,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "All")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository whose book is built."""
    root = tmp_path / "tree"
    root.mkdir()
    put(root, COMMITTED)
    (root / "tool").chmod(0o755)
    git(root, "init", "-q")
    commit(root)
    put(root / "_build", BUILT)
    return root


def names(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_a_release_has_every_part_and_one_archive_of_them_all(tree):
    folder = release.write(tree)
    assert folder == tree / "_build" / "release"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(files) == PARTS | {"SHA256SUMS", f"{NAME}.zip"}
    assert names(files[f"{NAME}-html.zip"]) == [
        f"{NAME}-html/book/page.html",
        f"{NAME}-html/index.html",
    ]
    assert names(files[f"{NAME}-data.zip"]) == [f"{NAME}-data/cohort/patients.csv"]
    notebooks = zipfile.ZipFile(io.BytesIO(files[f"{NAME}-notebooks.zip"]))
    assert notebooks.namelist() == [f"{NAME}-notebooks/01-one.ipynb"]
    assert notebooks.read(f"{NAME}-notebooks/01-one.ipynb") == b'{"cells": []}', "not a reader's"
    assert names(files[f"{NAME}-source.zip"]) == sorted(f"{NAME}-source/{n}" for n in COMMITTED)
    assert names(files[f"{NAME}.zip"]) == sorted(f"{NAME}/{n}" for n in PARTS | {"SHA256SUMS"})
    assert files[f"{NAME}.pdf"] == b"%PDF-1.7"
    assert files["CHANGES.md"] == b"- New.\n"
    assert not list((tree / "_build").glob(".release*"))


def test_a_book_on_another_cohort_is_not_released(tree, monkeypatch):
    put(tree, {"_build/html/index.html": f"<title>Book</title>{disclosed.MARK}"})
    with pytest.raises(release.ReleaseError, match="a book on another cohort"):
        release.write(tree)
    monkeypatch.setenv("COHORT", "ward")
    with pytest.raises(release.ReleaseError, match="COHORT=ward: a book on another cohort"):
        release.releasable(tree)
    assert not (tree / "_build" / "release").exists()


def test_the_checksums_hold_outside_and_inside_the_archive(tree, tmp_path):
    folder = release.write(tree)
    with zipfile.ZipFile(folder / f"{NAME}.zip") as whole:
        whole.extractall(tmp_path)
    for place, told in ((folder, PARTS | {f"{NAME}.zip"}), (tmp_path / NAME, PARTS)):
        lines = (place / "SHA256SUMS").read_text().splitlines()
        sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
        assert set(sums) == told
        for name, digest in sums.items():
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest, name


def test_the_same_commit_gives_the_same_bytes(tree, tmp_path, monkeypatch):
    first = {path.name: path.read_bytes() for path in release.write(tree).iterdir()}
    other = tmp_path / "elsewhere"
    git(tmp_path, "clone", "-q", str(tree), str(other))
    for path in sorted((tree / "_build").rglob("*"), reverse=True):
        if path.is_file() and "release" not in path.parts:
            copied = other / "_build" / path.relative_to(tree / "_build")
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
            copied.chmod(0o700)
            os.utime(copied, (1, 1))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = {path.name: path.read_bytes() for path in release.write(other).iterdir()}
    assert [name for name in first if first[name] != again.get(name)] == []
    assert set(first) == set(again)


def test_entries_are_of_the_time_of_the_commit_and_keep_only_the_executable_bit(tree):
    release.write(tree)
    with zipfile.ZipFile(tree / "_build" / "release" / f"{NAME}-source.zip") as source:
        entries = {info.filename: info for info in source.infolist()}
    assert {info.date_time for info in entries.values()} == {(2023, 11, 14, 22, 13, 20)}
    modes = {name.rpartition("/")[2]: info.external_attr >> 16 for name, info in entries.items()}
    assert modes["tool"] == 0o100755
    assert set(modes.values()) == {0o100755, 0o100644}


REFUSALS = {
    "an edit": (
        lambda root: put(root, {"data/cohort/patients.csv": "patient_id\n"}),
        "not committed: data/cohort/patients.csv; commit or remove it first.",
    ),
    "a new file": (
        lambda root: put(root, {"notes.txt": "", "todo.txt": ""}),
        "not committed: notes.txt and 1 more; commit or remove it first.",
    ),
    "no date": (
        lambda root: (
            put(
                root,
                {
                    "CHANGELOG.md": "# Changes\n\n## 1.2.3 (unreleased)\n",
                    "CITATION.cff": "version: 1.2.3\n",
                },
            ),
            commit(root),
        ),
        "CHANGELOG.md says that 1.2.3 is unreleased; give it a date there and in CITATION.cff.",
    ),
    "another version": (
        lambda root: (
            put(root, {"CITATION.cff": 'version: 1.2.2\ndate-released: "2026-01-31"\n'}),
            commit(root),
        ),
        "CITATION.cff says version 1.2.2, CHANGELOG.md 1.2.3.",
    ),
    "no git": (lambda root: shutil.rmtree(root / ".git"), "git status: "),
    "no book": (
        lambda root: (root / "_build/html/index.html").unlink(),
        "_build/html has no index.html; run `make release`, which builds it.",
    ),
    "no notebook of a chapter": (
        lambda root: (root / "_build/notebooks/01-one.ipynb").unlink(),
        "_build/notebooks has no 01-one.ipynb; run `make release`, which builds it.",
    ),
    "no PDF": (
        lambda root: shutil.rmtree(root / "_build/pdf"),
        "_build/pdf has no .pdf file, not one; run `make release`, which builds it.",
    ),
    "two EPUBs": (
        lambda root: put(root, {"_build/epub/other.epub": "PK"}),
        "_build/epub has 2 .epub files, not one; run `make release`, which builds it.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_released_is_refused_in_one_sentence(tree, capsys, monkeypatch, case):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tree.parent))
    spoil, sentence = REFUSALS[case]
    release.write(tree)
    before = {path.name: path.read_bytes() for path in (tree / "_build/release").iterdir()}
    spoil(tree)
    assert release.main([], tree) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"Not released: {sentence}")
    assert said.err.count("\n") == 1
    after = {path.name: path.read_bytes() for path in (tree / "_build/release").iterdir()}
    assert after == before, "a refused release changed the last one"


def test_a_tag_has_to_name_the_version(tree, capsys):
    assert release.main(["--check", "--tag", "v1.2.4"], tree) == 2
    assert "the tag is v1.2.4, but the version is 1.2.3" in capsys.readouterr().err
    assert release.main(["--check", "--tag", "v1.2.3"], tree) == 0
    assert not (tree / "_build" / "release").exists()


def test_a_run_that_is_ended_leaves_the_last_release_whole(tree, monkeypatch):
    release.write(tree)
    before = {path.name: path.read_bytes() for path in (tree / "_build/release").iterdir()}
    put(tree / "_build", {"html/index.html": "<title>Changed</title>"})
    written = []

    def ended(path: Path, content: bytes) -> int:
        written.append(path.name)
        if len(written) == 3:
            raise KeyboardInterrupt
        return path.open("wb").write(content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", ended)
        with pytest.raises(KeyboardInterrupt):
            release.write(tree)
    assert len(written) == 3
    assert {p.name: p.read_bytes() for p in (tree / "_build/release").iterdir()} == before
    release.write(tree)
    assert (tree / "_build/release" / f"{NAME}-html.zip").read_bytes() != before[f"{NAME}-html.zip"]
    assert not list((tree / "_build").glob(".release*"))
