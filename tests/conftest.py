"""What several test files use."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import books
import hypothesis
import launch
import opened
import pytest
import site_under_test
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext
from selection import (
    ALL,
    examples,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from waiting import alone

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_make_scheduler",
]

_Made = TypeVar("_Made")

# No example fails because others keep the machine busy.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture
def second_cohort(tmp_path: Path) -> Path:
    """A valid cohort unlike the shipped one; see `books.other_cohort`."""
    return books.other_cohort(tmp_path / "ward-seven")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> books.Built:
    """The book, built once for all workers, strictly, in a copy without anything that is built.

    It is built as a release is: on a fixed date, so that a second build has to give the same bytes.
    Daily, chapters whose outputs are up to date are not executed again; with ALL=1 all of them are.
    """

    def build(folder: Path) -> books.Built:
        book = books.copy(folder / "book")
        if ALL:
            return book.build(epoch=books.EPOCH, IPYTHONDIR=opened.ipython(folder))
        book.share_executed()
        with alone(
            books.ROOT / "_build", "A build runs in the repository; this one waits for its end."
        ):
            return book.build(epoch=books.EPOCH)

    return _once(tmp_path_factory, "whole", build)


def _once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], _Made]) -> _Made:
    """What the first worker that asks builds; the others wait for it."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = factory.getbasetemp() if alone else factory.getbasetemp().parent
    folder, told = base / name, base / f"{name}.pickle"
    with FileLock(base / f"{name}.lock"):
        if not told.exists():
            folder.mkdir()
            told.write_bytes(pickle.dumps(build(folder)))
    made: _Made = pickle.loads(told.read_bytes())
    return made


@pytest.fixture(scope="session")
def launched(shipped: books.Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Binder and Colab open."""
    assert shipped.code == 0, shipped.said
    folder = tmp_path_factory.mktemp("launch") / "tree"
    files = launch.tree(books.ROOT, launch.built(books.ROOT, shipped.folder.parents[1]))
    launch.put(files, folder)
    return folder


@pytest.fixture(scope="session")
def commanded(shipped: books.Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which `make launch` and `make student` were run, once for all workers."""

    def run(folder: Path) -> Path:
        book = books.repository(folder / "book")
        book.share_executed(shipped.folder.parent)
        (books.ROOT / "_build").mkdir(exist_ok=True)
        with alone(
            books.ROOT / "_build", "A build runs in the repository; this one waits for its end."
        ):
            book.make("launch", "student")
        return book.root

    return _once(tmp_path_factory, "commanded", run)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; where there is none the test is skipped, in CI it fails."""
    if site_under_test.chromium.find() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(site_under_test.chromium.MISSING)
    with site_under_test.chromium.launch() as browser:
        yield site_under_test.patient(browser)


@pytest.fixture(scope="session")
def site(shipped: books.Built) -> Iterator[str]:
    """The address at which the built book is served."""
    assert shipped.code == 0, shipped.said
    with site_under_test.serve(shipped.folder) as address:
        yield address


@pytest.fixture(scope="module")
def window(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A wide window, with a tab that stays: tabs of one process open sooner."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.new_page().goto(f"{site}book/index.html")
    yield context
    context.close()


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
