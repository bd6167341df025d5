"""The solutions in reader notebooks: where they stand, their code, and what they say that it prints."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from nbformat import NotebookNode

_FOLD = "<details>\n<summary>Solution</summary>\n"
_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_GIVEN = re.compile(r"^```text\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


def places(notebook: NotebookNode) -> list[int]:
    """Which of the cells are solutions."""
    return [i for i, cell in enumerate(notebook.cells) if cell.source.startswith(_FOLD)]


def blocks(solution: NotebookNode) -> list[str]:
    """The cells of a solution; none where it is of words."""
    return _CODE.findall(solution.source)


def given(solution: NotebookNode) -> list[str]:
    """What a solution says that its code prints."""
    return _GIVEN.findall(solution.source)


def names(sources: Iterable[str]) -> tuple[set[str], set[str]]:
    """Names that code binds, and those that it uses."""
    bound: set[str] = set()
    used: set[str] = set()
    for source in sources:
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("%")]
        try:
            tree = ast.parse("\n".join(lines))
        except SyntaxError:  # a block whose only line was a magic
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (bound if isinstance(node.ctx, ast.Store) else used).add(node.id)
            elif isinstance(node, ast.FunctionDef):
                bound.add(node.name)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.alias):
                bound.add((node.asname or node.name).partition(".")[0])
    return bound, used
