"""The packages that functions of `helpers` import when they are called, told from the code that calls them.

`helpers.imports` follows what is imported at once, or else whatever any function might import; a chapter
that is fetched by a browser should bring what the functions import that it calls, and no more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from helpers import imports


def packages(code: str, root: Path = imports.ROOT) -> set[str]:
    """Names of the packages that functions import which code calls as `room.function`.

    Functions of the same file are followed, those of another room are not: what only they import is
    fetched when it is asked for.
    """
    named: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named.setdefault(node.value.id, set()).add(node.attr)
    found: set[str] = set()
    for room, names in named.items():
        for path in (root / f"{room}.py", *(root / room).rglob("*.py")):
            if path.is_file():
                found |= _inside(path, names)
    return found


def _inside(path: Path, names: set[str]) -> set[str]:
    """What functions of a file import, and the others of that file that they name."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    waiting = list(names)
    seen: set[str] = set()
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        found.update(_imported(functions[name]))
        waiting += [n.id for n in ast.walk(functions[name]) if isinstance(n, ast.Name)]
    return found


def _imported(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]
