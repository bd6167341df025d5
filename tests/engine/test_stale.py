"""No compiled code that is kept outlives an edit of what it calls; see `helpers.compiled`."""

import ast
from pathlib import Path

import bench
import pytest

ROOT = Path(__file__).parents[2]
COMPILED = "njit"
KEPT = "cache=True"
DECORATOR = ROOT / "src" / "helpers" / "compiled.py"  # has no compiled code of its own


def sources():
    for folder in ("src", "book", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if path != Path(__file__):
                yield path, path.read_text("utf-8")


HOLDING = [path for path, text in sources() if KEPT in text and COMPILED in text]


def taken_from(path):
    """Modules of the package from which a file takes something, as files."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (
            node.level or (node.module or "").startswith("helpers")
        ):
            base = path.parents[node.level - 1] if node.level else ROOT / "src"
            place = base.joinpath(*(node.module or "").split("."))
            for one in (place, *(place / alias.name for alias in node.names)):
                if one.with_suffix(".py").is_file():
                    yield one.with_suffix(".py")


def test_there_is_compiled_code_that_is_kept():
    assert len({path.parent for path in HOLDING}) >= 3


@pytest.mark.parametrize("path", HOLDING, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_kept_calls_no_compiled_code_that_may_change_unseen(path):
    """numba sees edits of a function's own file; of others in its folder, `forget_stale` does."""
    others = {one for one in taken_from(path) if COMPILED in one.read_text("utf-8")} - {DECORATOR}
    assert {one.parent for one in others} <= {path.parent}
    if others:
        assert any("forget_stale(Path(__file__).parent)" in one.read_text("utf-8")
                   for one in path.parent.glob("*.py"))  # fmt: skip


def test_the_bench_forgets_before_it_times(monkeypatch):
    class Forgotten(Exception):
        pass

    def forget(folder):
        assert folder == ROOT / "src/helpers/reconstruct"
        raise Forgotten

    monkeypatch.setattr(bench, "forget_stale", forget)
    with pytest.raises(Forgotten):
        bench.by_constraints(1, 0.0)
