"""The package carries its data: built, installed anywhere, and run from any folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import books
import clean
import pytest
from fixtures_core import invoke

from helpers import published

_WHERE = "from helpers import published; print(published.DATA)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the source distribution that is made from a copy; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("wheel")
    book = books.copy(folder / "book")
    how = ["--quiet", "--offline", "--no-build-isolation", "--python", sys.executable]
    clean.uv("build", *how, "--out-dir", str(folder), folder=book.root)
    (built,) = folder.glob("*.whl")
    return built


def _run(*arguments: str, folder: Path, packages: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean.surroundings(PYTHONPATH=str(packages)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_has_all_code_and_all_data(wheel: Path):
    code = _files(books.ROOT / "src" / "helpers")
    data = {f"data/{name}" for name in _files(books.ROOT / "data")}
    assert {"data/published.yaml", "data/search.csv", "data/cohort/patients.csv"} <= data
    names = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    found = {name.relative_to("helpers").as_posix() for name in names if name.parts[0] == "helpers"}
    assert found == code | data, "see [tool.setuptools] in pyproject.toml"
    outside = {name.parts[0] for name in names} - {"helpers"}
    assert all(name.endswith(".dist-info") for name in outside), outside


def test_an_ordinary_install_runs_from_an_empty_folder(wheel: Path, tmp_path: Path):
    packages, empty = tmp_path / "packages", tmp_path / "empty"
    empty.mkdir()
    clean.uv(
        *("pip", "install", "--quiet", "--offline", "--no-deps", "--target", str(packages)),
        str(wheel),
        folder=tmp_path,
    )
    where = _run("-c", _WHERE, folder=empty, packages=packages).strip()
    assert where == str(packages / "helpers" / "data")
    there = _run("-m", "helpers", "scorecard", folder=empty, packages=packages)
    assert "numbers agree" in there
    assert there == invoke("scorecard").stdout
    assert not any(empty.iterdir())


def test_a_copy_on_the_path_uses_its_own_data(tmp_path: Path):
    source = books.copy(tmp_path / "book").root / "src"
    where = _run("-c", _WHERE, folder=tmp_path, packages=source).strip()
    assert where == str(tmp_path / "book" / "data")


def test_the_environment_of_make_uses_the_data_of_the_repository():
    assert published.DATA.samefile(books.ROOT / "data")
