"""What several test files use."""

from __future__ import annotations

import shutil
from pathlib import Path

import books
import pytest


@pytest.fixture
def second_cohort(tmp_path: Path) -> Path:
    """A valid cohort unlike the shipped one; see `books.other_cohort`."""
    return books.other_cohort(tmp_path / "ward-seven")


@pytest.fixture(scope="session")
def _tiny_built(tmp_path_factory: pytest.TempPathFactory) -> tuple[books.Book, Path]:
    """A tiny book that has been built, and a copy to begin from again."""
    folder = tmp_path_factory.mktemp("tiny")
    book = books.tiny(folder / "book")
    built = book.build()
    assert built.code == 0, built.said
    shutil.copytree(book.root, folder / "copy")
    return book, folder / "copy"


@pytest.fixture
def tiny_book(_tiny_built: tuple[books.Book, Path]) -> books.Book:
    """A tiny book that has been built once, strictly and without a warning.

    It stands in the same place every time: Sphinx begins anew when a book has moved.
    """
    book, copy = _tiny_built
    shutil.rmtree(book.root)
    shutil.copytree(copy, book.root)
    return book
