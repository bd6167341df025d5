"""The extensions are one package: each is set up, each is described, and names stand once."""

from __future__ import annotations

import re
from pathlib import Path

import books
import pytest
import report
import yaml

FOLDER = books.ROOT / "book" / "_extensions"
TOOLS = books.ROOT / "book" / "_tools"
MODULES = sorted(path.stem for path in Path(report.__file__).parent.glob("[a-z]*.py"))
assert len(MODULES) > 20


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_set_up_if_it_can_be(name: str):
    text = (FOLDER / "report" / f"{name}.py").read_text(encoding="utf-8")
    short = books.ROOT / "book/another/_config.yml"
    others = yaml.safe_load(short.read_text(encoding="utf-8"))["sphinx"]["local_extensions"]
    assert "report.short_book" in others
    assert ("\ndef setup(" in text) == (name in report.EXTENSIONS or f"report.{name}" in others)


def test_every_module_is_described():
    described = re.findall(r"`(\w+)`", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert set(MODULES) <= set(described)


def test_no_name_stands_in_both_folders():
    programs = {path.stem for path in TOOLS.glob("*.py")}
    assert programs
    assert not programs & set(MODULES)


def test_the_path_is_added_to_in_one_place():
    places = [
        path.relative_to(books.ROOT).as_posix()
        for folder in ("book", "tests", "src")
        for path in sorted((books.ROOT / folder).rglob("*.py"))
        if re.search(r"sys\.path\.(insert|append)", path.read_text(encoding="utf-8"))
        and path != Path(__file__)
    ]
    assert places == ["book/_tools/extensions.py"]
