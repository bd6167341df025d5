"""What the outputs of a chapter depend on besides its own cells: files of the helpers and of the data.

Nothing is run for this. Modules are found by the imports in a chapter's cells and in what they import.
A data file can be read by code in which its name, or that of its folder under `data`, stands as a text;
the printed numbers and the cohort are read by all. Of the exercises a chapter depends on those that it
checks, and on the quiz that it shows. Where the text does not tell, everything is taken.

`tests/pages/test_dependencies.py` executes every chapter and holds what it loads and opens against this.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from helpers import imports, published
from helpers.exercises import registry

REGISTRY = registry.__name__
_EXERCISES = "helpers.exercises"
_ALWAYS = ("published.yaml", "cohort")


def of(
    notebook: Any, package: Path = imports.ROOT, data: Path = published.DATA
) -> tuple[Path, ...]:
    """The files of the helpers and of the data on which the outputs of a chapter can depend.

    Parameters
    ----------
    notebook : NotebookNode
    package, data : Path
        The folders of the helpers and of their data.

    Returns
    -------
    tuple of Path
        In order, each once.
    """
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    code = "\n".join(python(cell) for cell in cells)
    try:
        tree = ast.parse(code)
    except SyntaxError:  # the chapter cannot be executed, and will say so
        return tuple(sorted(_inside(package, data)))
    asked = _asked(tree)
    if asked is None:
        modules = loaded(code, package)
    else:
        code += "".join(f"\nimport {name}" for name in _chapters(asked, package))
        modules = loaded(code, package, without=[REGISTRY])
    beside, entries = list(_beside(package)), list(data.iterdir())
    names = {entry.name for entry in entries}.union(*((p.name, p.parent.name) for p in beside))
    told = _telling(frozenset(names))
    words = _words(code).union(*(_words(text) for text in map(_text, modules) if told(text)))
    files = [path for path in beside if _named(path, asked, words)]
    for entry in entries:
        if entry.name in _ALWAYS or entry.name in words:
            files += _inside(entry)
    return tuple(sorted({*modules, *files}))


def loaded(
    code: str, package: Path = imports.ROOT, without: Collection[str] = ()
) -> frozenset[Path]:
    """The modules of the helpers that are loaded when code is run, or may be.

    Whoever takes a module out of a package loads all that the package gathers, used or not.

    Parameters
    ----------
    code : str
        Python.
    package : Path
        The folder of the helpers.
    without : collection of str
        Names of modules that are taken as they are, without what they import.
    """
    found = imports.imported_modules(code, package, without, gathered=True).modules
    own = (package.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in without)
    return frozenset([*found.values(), *own])


def digest(*sources: Path) -> str:
    """A digest of the names and contents of files, and of all files in folders; some may be missing."""
    found = hashlib.sha256()
    for source in sources:
        for file in sorted(_inside(source)):
            name = file.relative_to(source.parent).as_posix()
            content = file.read_bytes()
            found.update(f"{name}\0{len(content)}\0".encode())
            found.update(content)
    return found.hexdigest()[:16]


def _asked(code: ast.AST) -> frozenset[str] | None:
    """The exercises and quizzes that code names; None where it may be any."""
    names: set[str] = set()
    named: set[ast.AST] = set()
    for node in ast.walk(code):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name("exercises") as called, attr="check" | "quiz"),
                args=[ast.Constant(str(name)), *_],
            ):
                names.add(name)
                named.add(called)
    for node in ast.walk(code):
        match node:
            case ast.Name("exercises") if node not in named:
                return None
            case ast.alias("exercises", str()):
                return None
            case ast.ImportFrom(str(module)) | ast.alias(str(module)) if _EXERCISES in module:
                return None
    return frozenset(names)


def _chapters(asked: Iterable[str], package: Path) -> list[str]:
    """The modules in which the exercises of these names stand."""
    folder = package / "exercises"
    return [f"{_EXERCISES}.{path.stem}" for id in asked for path in registry.naming(id, folder)]


def _beside(package: Path) -> Iterator[Path]:
    """What stands in the package besides its modules."""
    for path in _inside(package):
        if path.suffix != ".py" and (package / "data") not in path.parents:
            yield path


def _named(path: Path, asked: frozenset[str] | None, words: Collection[str]) -> bool:
    """Whether a file of the package is named, or is one of the quizzes that are asked for."""
    if path.parent.name == "questions":
        return asked is None or path.stem in asked
    return path.name in words or path.parent.name in words


def _inside(*places: Path) -> Iterator[Path]:
    """The files of folders, and files themselves; not what Python keeps beside its modules."""
    for place in places:
        for path in place.rglob("*") if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


@cache
def python(cell: str) -> str:
    """A cell without what only IPython understands."""
    return TransformerManager().transform_cell(cell)


@cache
def _telling(names: frozenset[str]) -> Callable[[str], object]:
    """Whether code can have a text of which one of some names is a part: quicker than to look for it."""
    ends = r"""['"/\\{}]"""
    return re.compile(f"{ends}({'|'.join(map(re.escape, sorted(names)))}){ends}").search


@cache
def _words(code: str) -> frozenset[str]:
    """The parts between slashes of the texts in code."""
    return frozenset(
        part
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for part in re.split(r"[/\\]", node.value)
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
