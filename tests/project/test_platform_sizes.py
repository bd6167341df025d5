"""Where positions are 32 bits wide, as in a browser, numpy refuses to repeat or count by 64-bit numbers."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from report import dependencies

from helpers import imports

ROOT = Path(__file__).resolve().parents[2]
_COUNTED = {"bincount": 0, "repeat": 1}
"""Functions of numpy and the argument that has to be of the platform's own size."""
_OWN_SIZE = re.compile(
    r"intp|astype\(int\)|searchsorted|(arg|lex)sort|flatnonzero|return_inverse|\blen\("
)
"""What gives numbers of that size, by numpy's own documentation."""


def wide(code: str) -> list[str]:
    """Calls that count by numbers of which nothing says that they are of the platform's own size."""
    found = []
    tree = ast.parse(code)
    for scope in _outermost(tree):
        said = _said(scope)
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            match call.func:
                case ast.Attribute(ast.Name("np"), "bincount" | "repeat" as name):
                    counted = call.args[_COUNTED[name]]
                case ast.Attribute(_, "repeat"):
                    counted = call.args[0]
                case _:
                    continue
            if not _is_own_size(counted, said, ()):
                found.append(ast.unparse(call))
    return found


def _outermost(tree: ast.AST) -> Iterator[ast.AST]:
    """Functions with those inside them, and whatever stands outside of any."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _outermost(node)
        elif isinstance(node, ast.FunctionDef):
            yield node
    rest = [
        n for n in ast.iter_child_nodes(tree) if not isinstance(n, ast.FunctionDef | ast.ClassDef)
    ]
    yield ast.Module([node for node in rest if isinstance(node, ast.stmt)], [])


def _said(scope: ast.AST) -> dict[str, list[ast.AST]]:
    """What a function says of its names: annotations, defaults, and what they are assigned."""
    said: dict[str, list[ast.AST]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.arg) and node.annotation:
            said.setdefault(node.arg, []).append(node.annotation)
        if isinstance(node, ast.arguments):
            given = node.args[len(node.args) - len(node.defaults) :]
            for argument, default in zip(given, node.defaults, strict=True):
                said.setdefault(argument.arg, []).append(default)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in (one for one in ast.walk(target) if isinstance(one, ast.Name)):
                    said.setdefault(name.id, []).append(node.value)
    return said


def _is_own_size(value: ast.AST, said: dict[str, list[ast.AST]], seen: tuple[str, ...]) -> bool:
    if _OWN_SIZE.search(ast.unparse(value)):
        return True
    try:
        ast.literal_eval(value)
    except ValueError:
        names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)} - {"np"}
        return bool(names) and all(
            name not in seen
            and any(_is_own_size(one, said, (*seen, name)) for one in said.get(name, []))
            for name in names
        )
    return True  # a plain number, or a list of them


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("np.repeat(x, 3)", False),
        ("np.repeat(x, counts)", True),
        ("counts = rng.integers(1, 6, 9)\nnp.repeat(x, counts)", True),
        ("counts = rng.integers(1, 6, 9).astype(np.intp)\nnp.repeat(x, counts)", False),
        ("n = np.searchsorted(x, y)\nm = n + 1\nnp.repeat(x, m - n)", False),
        ("np.bincount(frame['cohort'])", True),
        ("def f(owner: NDArray[np.intp]):\n    return np.bincount(owner)", False),
        ("def f(owner):\n    return np.bincount(owner)", True),
        ("values.repeat(counts)", True),
    ],
)
def test_what_a_browser_refuses_is_found(code: str, refused: bool) -> None:
    assert bool(wide(code)) is refused


def test_no_module_counts_by_numbers_wider_than_the_platform() -> None:
    modules = {path: path.read_text("utf-8") for path in imports.ROOT.rglob("*.py")}
    assert any("np.repeat" in code for code in modules.values())
    found = {path.name: calls for path, code in modules.items() if (calls := wide(code))}
    assert found == {}


def test_no_chapter_counts_by_numbers_wider_than_the_platform() -> None:
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        code = "\n".join(
            dependencies.python("".join(cell["source"]))
            for cell in cells
            if cell["cell_type"] == "code"
        )
        if calls := wide(code):
            found[path.name] = calls
    assert found == {}
