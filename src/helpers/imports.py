"""Which modules of this package some code imports, itself or through them, and which other packages.

What was computed once and kept is out of date when any of these has changed. Nothing is executed.

Looked at: `modulefinder` of the standard library, which follows numpy and pandas too, thousands of
files, and takes everything that a package gathers in its `__init__` for imported by whoever takes
one module of it; grimp, which knows installed packages only, no code of a chapter and no copy;
`joblib.Memory`, which sees the source of one function and not what that calls.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

NAME = __name__.partition(".")[0]
ROOT = Path(__file__).parent
"""The folder of the package."""
_DYNAMIC = ("import_module", "__import__")


@dataclass(frozen=True)
class Imports:
    """What some code imports.

    Attributes
    ----------
    modules : dict of str to Path
        Files of the modules of this package by the names of the modules, in the order of the names.
    packages : tuple of str
        Names by which other packages are imported, in order; the standard library is left out.
    """

    modules: dict[str, Path]
    packages: tuple[str, ...]


@dataclass(frozen=True)
class _Named:
    """An import as it is written: a module, and what is taken from it; `*` for all there is."""

    module: str
    name: str | None = None


def imported_modules(
    code: str,
    root: Path = ROOT,
    without: Collection[str] = (),
    at_once: bool = False,
    gathered: bool = False,
) -> Imports:
    """What code imports from this package, directly or through what it imports.

    Imports within functions count, those for a type checker alone do not. A package through which
    a module is reached counts with the file of the package itself; what that gathers counts where a
    name is taken from the package. Where a name is put together when the code runs, as by
    `importlib.import_module(f".{name}", __package__)`, all modules of that package count.

    Parameters
    ----------
    code : str
        Python, such as `"import helpers.reconstruct.chain"`, or all cells of a chapter.
    root : Path
        The folder of the package, or of a copy.
    without : collection of str
        Names of modules that are left out, with what only they import.
    at_once : bool
        Whether to leave out imports within functions, which happen when these are called, if ever.
    gathered : bool
        Whether all that a package gathers counts, whatever is taken from it: it is loaded.

    Returns
    -------
    Imports

    Raises
    ------
    SyntaxError
        When the code, or a module that it imports, is no Python: magics of IPython are none.
    ModuleNotFoundError
        When this package has no such module.
    """
    modules: dict[str, Path] = {}
    packages: set[str] = set()
    followed: set[str] = set()
    file_of = cache(partial(_file, root=root))
    waiting = list(_written(code, "", at_once))
    while waiting:
        named = waiting.pop()
        top = named.module.partition(".")[0]
        if top != NAME:
            if top not in sys.stdlib_module_names:
                packages.add(top)
            continue
        target = named.module
        if named.name == "*":
            place = root.joinpath(*target.split(".")[1:])
            waiting += [_Named(target, path.stem) for path in sorted(place.glob("[!_]*"))]
        elif named.name is not None and file_of(f"{target}.{named.name}") is not None:
            target = f"{target}.{named.name}"
        if target in followed or target in without:
            continue
        parts = target.split(".")
        for end in range(1, len(parts) + 1):
            module = ".".join(parts[:end])
            file = file_of(module)
            if file is None:
                raise ModuleNotFoundError(f"No module named {module!r}", name=module)
            modules[module] = file
            if gathered and module not in followed and module not in without:
                waiting.append(_Named(module))
        followed.add(target)
        file = modules[target]
        inside = target if file.name == "__init__.py" else target.rpartition(".")[0]
        waiting += _written(file.read_text(encoding="utf-8"), inside, at_once)
    return Imports(dict(sorted(modules.items())), tuple(sorted(packages)))


def _file(module: str, root: Path) -> Path | None:
    """The file of a module of this package."""
    place = root.joinpath(*module.split(".")[1:])
    for file in (place / "__init__.py", place.with_suffix(".py")):
        if file.is_file():
            return file
    return None


@lru_cache(maxsize=1024)
def _written(code: str, inside: str, at_once: bool = False) -> tuple[_Named, ...]:
    """The imports that stand in code of a package."""
    everywhere = any(name in code for name in _DYNAMIC)
    return tuple(_imports(ast.parse(code), inside, at_once, everywhere))


def _imports(tree: ast.AST, inside: str, at_once: bool, everywhere: bool) -> Iterator[_Named]:
    match tree:
        case ast.FunctionDef() if at_once:
            return
        case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            for branch in tree.orelse:
                yield from _imports(branch, inside, at_once, everywhere)
            return
        case ast.Import():
            for alias in tree.names:
                yield _Named(alias.name)
        case ast.ImportFrom():
            base = _absolute("." * tree.level + (tree.module or ""), inside)
            for alias in tree.names:
                yield _Named(base, alias.name)
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)) if name in _DYNAMIC:
            match tree.args:
                case [ast.Constant(str(module)), *_]:
                    yield _Named(_absolute(module, inside))
                case _:
                    yield _Named(inside or NAME, "*")
    for child in ast.iter_child_nodes(tree) if everywhere else _statements(tree):
        yield from _imports(child, inside, at_once, everywhere)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Those within a module or a statement: only they can import, but for calls of a function that does."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        yield from getattr(tree, name, ())


def _absolute(module: str, inside: str) -> str:
    """The full name of a module that is named from within a package."""
    name = module.lstrip(".")
    up = len(module) - len(name)
    if not up:
        return name
    base = inside.split(".")[: len(inside.split(".")) - (up - 1)]
    return ".".join([*base, name] if name else base)
