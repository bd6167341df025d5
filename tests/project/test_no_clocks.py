"""No test fails because a machine is slow: limits only guard against hanging, and nothing is timed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import books
import pytest

TESTS = sorted((books.ROOT / "tests").rglob("*.py"))
WAITS = {"set_default_timeout", "set_default_navigation_timeout", "wait"}
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "timeit", "time_ns"}
TIMED = re.compile(r"seconds|elapsed", re.IGNORECASE)


def _typed(node: ast.expr) -> bool:
    """Whether a number is written out, and not the one limit."""
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, int | float) and part.value > 1
        for part in ast.walk(node)
    ) and not any(
        isinstance(part, ast.Name | ast.Attribute) and "HANGING" in ast.unparse(part)
        for part in ast.walk(node)
    )


def clocks(tree: ast.AST) -> list[str]:
    """Limits that are written out, clocks that are read, and times that are judged."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=called, args=places, keywords=names):
                limits = [k.value for k in names if k.arg and k.arg.endswith("timeout")]
                if isinstance(called, ast.Attribute) and called.attr in WAITS:
                    limits += places
                if any(map(_typed, limits)):
                    found.append(f"{node.lineno}: a limit that is not limits.HANGING")
                if ast.unparse(called) == "time.time":
                    found.append(f"{node.lineno}: time.time")
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                if name in CLOCKS:
                    found.append(f"{node.lineno}: {name}")
            case ast.Assert(test=judged):
                for sides in (n for n in ast.walk(judged) if isinstance(n, ast.Compare)):
                    said = ast.unparse(sides)
                    if TIMED.search(re.sub(r"'[^']*' in|_CONNECT_SECONDS", "", said)) and _judges(
                        sides
                    ):
                        found.append(f"{node.lineno}: {said}")
    return found


def _judges(sides: ast.Compare) -> bool:
    """Whether a time is compared with more than nothing."""
    orders = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    nothing = any(
        isinstance(s, ast.Constant) and s.value == 0 for s in [sides.left, *sides.comparators]
    )
    return any(isinstance(op, orders) for op in sides.ops) and not nothing


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(books.ROOT).as_posix())
def test_no_limit_of_time_and_no_clock(path: Path):
    if path.name == "limits.py":
        return
    assert not clocks(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "line",
    [
        "run(command, timeout=60)",
        "page.wait_for_selector('a', timeout=10_000)",
        "context.set_default_timeout(40_000)",
        "process.wait(120)",
        "began = time.monotonic()",
        "from time import perf_counter",
        "began = time.time()",
        "assert min(tries_seconds) < MOST",
        "assert page.largest_paint_seconds < 1.5",
    ],
)
def test_every_kind_is_seen(line: str):
    assert clocks(ast.parse(line)), line


def test_the_one_limit_and_times_that_are_only_there_are_left_alone():
    for line in (
        "run(timeout=limits.HANGING)",
        "assert page['seconds_to_execute'] > 0",
        "time.size",
    ):
        assert not clocks(ast.parse(line)), line
