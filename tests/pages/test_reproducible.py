"""Two builds of the same files, in two places, are the same to the byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import books
import pytest


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.full
def test_a_second_build_gives_the_same_bytes(shipped: books.Built, tmp_path: Path):
    """The first is the one that all browser tests use; both begin from nothing."""
    again = books.copy(tmp_path / "somewhere-else").build(epoch=books.EPOCH)
    assert again.code == 0, again.said
    assert len(again.executed) == len(shipped.executed) > 1
    one, other = _contents(shipped.folder), _contents(again.folder)
    assert one.keys() == other.keys(), sorted(one.keys() ^ other.keys())
    different = [name for name in one if one[name] != other[name]]
    told = "\n".join(f"{name}: {_first_difference(one[name], other[name])}" for name in different)
    assert not different, told


@pytest.mark.full
def test_where_the_kernel_cuts_what_a_cell_prints_makes_no_difference(tiny_book: books.Book):
    tiny_book.edit(
        "notebooks/02-plain.md",
        "print(6 * 7)",
        "import sys\nimport time\nsys.stdout.write('first')\nsys.stdout.flush()\n"
        "time.sleep(1)\nprint()\nprint('second')",
    )
    built = tiny_book.build()
    assert built.code == 0, built.said
    assert "<span></span>first\nsecond\n</pre>" in built.page("notebooks/02-plain")


def _searched(contents: dict[str, bytes]) -> dict[str, bytes]:
    """The same, its search index without words that stand on no page any more, which find nothing."""
    index = contents["searchindex.js"].decode().removeprefix("Search.setIndex(").removesuffix(")")
    told = json.loads(index)
    for words in ("terms", "titleterms"):
        assert told[words]
        told[words] = {word: pages for word, pages in told[words].items() if pages != []}
    return {**contents, "searchindex.js": json.dumps(told, sort_keys=True).encode()}


def _first_difference(one: bytes, other: bytes) -> str:
    place = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return f"{one[place - 40 : place + 40]!r} and {other[place - 40 : place + 40]!r}"


@pytest.mark.full
def test_a_book_that_was_edited_is_the_one_that_a_build_from_nothing_gives(tiny_book: books.Book):
    """Prose, which no other page is told of; a title and a term, which others show; and code."""
    for name, old, new in (
        ("notebooks/02-plain.md", "Second.", "Second, and more of it."),
        ("book/words.md", "A rate.", "A rate, not a probability."),
        ("book/words.md", "## Here", "## Here and there"),
        ("notebooks/01-quotes.md", "# Quotes", "# Quotations"),
        ("notebooks/01-quotes.md", "len(patients)", "1000 + len(patients)"),
        ("notebooks/02-plain.md", "Second, and", "A {term}`hazard`, and"),
    ):
        tiny_book.edit(name, old, new)
        built = tiny_book.build()
        assert built.code == 0, built.said
    edited = _searched(_contents(built.folder))
    for doctrees in built.folder.parent.glob(".doctrees*"):
        shutil.rmtree(doctrees)
    # Style sheets stay: Sphinx writes digests of those alone that are there before the first page.
    for path in (*built.folder.rglob("*.html"), built.folder / "searchindex.js"):
        path.unlink()
    again = tiny_book.build()
    assert again.code == 0, again.said
    assert not again.executed
    new = _searched(_contents(again.folder))
    assert edited.keys() == new.keys(), sorted(edited.keys() ^ new.keys())
    different = [name for name in new if edited[name] != new[name]]
    told = "\n".join(f"{name}: {_first_difference(edited[name], new[name])}" for name in different)
    assert not different, told
