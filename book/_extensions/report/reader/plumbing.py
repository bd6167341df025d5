"""Which cells of plumbing a reader needs: those whose names a later cell reads."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

_SCOPES = (
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.FunctionDef,
)  # fmt: skip


def needed(sources: Sequence[str], plumbing: Sequence[bool]) -> list[bool]:
    """Whether each cell is needed: it is no plumbing, or one that is needed reads its names.

    Parameters
    ----------
    sources : sequence of str
        The code of each cell.
    plumbing : sequence of bool
        Whether the pages show nothing of it.
    """
    found: list[bool] = []
    wanted: set[str] = set()
    for source, hidden in zip(reversed(sources), reversed(plumbing), strict=True):
        names = _Names.of(source)
        keep = not hidden or bool(names.bound & wanted)
        if keep:
            wanted = (wanted - names.surely) | names.read
        found.append(keep)
    return found[::-1]


@dataclass(frozen=True)
class _Names:
    """The names that code reads before it binds them, those that it may bind or change, and does bind."""

    read: frozenset[str]
    bound: frozenset[str]
    surely: frozenset[str]

    @classmethod
    def of(cls, source: str) -> _Names:
        lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
        read: set[str] = set()
        bound: set[str] = set()
        surely: set[str] = set()
        for statement in ast.parse("\n".join(lines)).body:
            loaded, stored = _inside(statement)
            # A loop binds its names before it reads them.
            own = {
                name
                for node in ast.walk(statement)
                if isinstance(node, ast.For)
                for name in _inside(node.target)[1]
            }
            read |= loaded - surely - own
            bound |= stored
            if isinstance(
                statement,
                ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom | ast.FunctionDef,
            ):
                surely |= stored - loaded
        return cls(frozenset(read), frozenset(bound), frozenset(surely))


def _inside(node: ast.AST) -> tuple[set[str], set[str]]:
    """Names that are loaded in a piece of code, and names of its surroundings that it binds or changes."""
    loaded: set[str] = set()
    stored: set[str] = set()
    match node:
        case ast.Name():
            (loaded if isinstance(node.ctx, ast.Load) else stored).add(node.id)
        case ast.Import() | ast.ImportFrom():
            stored |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
            stored |= _base(node)
    for child in ast.iter_child_nodes(node):
        of_child = _inside(child)
        loaded |= of_child[0]
        stored |= of_child[1]
    if isinstance(node, _SCOPES):
        own = stored | {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
        loaded, stored = loaded - own, set()
        if isinstance(node, ast.FunctionDef):
            stored.add(node.name)
    return loaded, stored


def _base(node: ast.expr) -> set[str]:
    """The name of what a part is changed of."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
