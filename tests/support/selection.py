"""Which tests run, in which order, and which of them stay together on one worker.

Everything that a change can break in daily work runs always. Tests marked `full` run with the
variable `ALL`: whole environments, second builds for their bytes, and long draws.

pytest-xdist hands out a module at a time, or a class of it, so that what has been computed once is
used; of modules in `SPREAD`, whose tests share nothing costly, it hands out test by test, and of the
one in `BY_PAGE` all tests of a page.
The whole book is built first, by one worker. The others meanwhile run what needs no book, and of this
first what numba compiles: in a run of all folders on one worker, so that no two compile the same. Of what
needs the book the longest goes first.
Its own `--dist loadgroup` does this by marks, and with pytest 9.2 it overlooks them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from typing import Any, TypeVar

import pytest
from xdist.scheduler import LoadScopeScheduling

ALL = os.environ.get("ALL", "") not in ("", "0")
_LEFT_OUT = pytest.StashKey[int]()
_One = TypeVar("_One")
_BOOK = "shipped"  # the fixture that is the whole book
_FIRST = "pages/test_build.py"
SPREAD = (
    "tests/pages/test_accessibility.py",
    "tests/pages/test_freshness.py",
    "tests/pages/test_site.py",
    "tests/proofs/test_certificates.py",
)
BY_PAGE = "tests/pages/test_every_page.py"
BY_CHAPTER = "tests/pages/test_running_in_browser.py::test_all_cells"
_COMPILED = ("tests/engine/", "tests/analyses/test_batch")
_LONG = (
    "pages/test_running_in_browser.py",
    "project/test_binder.py",
    "project/test_colab.py",
    "pages/test_reproducible.py",
    "pages/test_print.py",
    "pages/test_ebook.py",
    "pages/test_reader_notebooks.py",
)
_FULL = "full: runs only with ALL=1, since it takes long and daily work seldom breaks it"


def examples(number: int) -> int:
    """How many examples Hypothesis tries: so many with ALL=1, and daily a quarter, each day others."""
    return number if ALL else max(5, number // 4)


def some(all_of_them: Iterable[_One], every: int) -> list[_One]:
    """All of them with ALL=1, and daily one of so many."""
    return list(all_of_them)[:: 1 if ALL else every]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; hear Ctrl-C, also in the background of a shell, where it is ignored.

    Programs that the tests start and interrupt inherit this, and would never end.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", _FULL)
    config.stash[_LEFT_OUT] = 0


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores that may be used, since each waits now and then for a browser or a program.

    Not so many that memory runs out.
    """
    may = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    cores = len(may(0))
    return min(cores + cores // 2, 8)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked for; put the rest in order."""
    named = {argument for argument in config.args if "::" in argument}
    kept, left_out = [], []
    for item in items:
        full = item.get_closest_marker("full") is not None
        asked = ALL or any(argument.endswith(item.nodeid.split("[")[0]) for argument in named)
        (left_out if full and not asked else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)
    kept.sort(key=_turn)
    items[:] = kept


def _turn(item: pytest.Item) -> int:
    """First the build of the book, what is compiled, what needs no book, and then its pages."""
    if _BOOK in getattr(item, "fixturenames", ()):
        return 0 if _FIRST in item.nodeid else 3 if _is_of(_LONG, item) else 4
    return 1 if item.nodeid.startswith(_COMPILED) else 2


def _is_of(places: tuple[str, ...], item: pytest.Item) -> bool:
    return item.nodeid.startswith(tuple(f"tests/{place}" for place in places))


class ByModule(LoadScopeScheduling):
    """Hand out modules and classes in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        self._whole = config.args_source is not pytest.Config.ArgsSource.ARGS
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        test, _, parameter = nodeid.partition("[")
        if self._whole and test.startswith(_COMPILED):
            return _COMPILED[0]
        if test.startswith(BY_PAGE):
            return f"{BY_PAGE}[{parameter}"
        return nodeid if test.startswith((*SPREAD, BY_CHAPTER)) else test.rpartition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    """How pytest-xdist hands out tests."""
    return ByModule(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that writes the summary how many tests this worker left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """What a worker left out; all of them leave out the same."""
    left_out = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[_LEFT_OUT] = max(node.config.stash[_LEFT_OUT], left_out)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line about what did not run."""
    if left_out := config.stash[_LEFT_OUT]:
        tests = f"{left_out} long tests were" if left_out > 1 else "1 long test was"
        terminalreporter.write_line(f"{tests} left out; ALL=1 runs them too.")
