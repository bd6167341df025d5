"""What a notebook does where its cohort lacks a column: what needs it is a sentence, and all else runs.

A statement that asks for such a column is passed over. What it would have made is gone, so a later one
that asks for that is passed over too. No cell has to ask which columns there are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING

from .contract.declared import reason

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_NAME = "_needs_"
_VALUE = "_value_"


@dataclass(frozen=True)
class Fallen:
    """What a statement does not show.

    Attributes
    ----------
    why : str
        A sentence: which column the cohort lacks.
    shows : frozenset of str
        What it would have shown, by the names of the functions that show it.
    captions : tuple of str
        Of its tables.
    keeps, quotes : tuple of str
        Names under which it would have kept figures and numbers.
    asks : bool
        Whether it asks for the column itself, and not for what another would have made.
    first : bool
        Whether none before it in its cell was passed over.
    """

    why: str
    shows: frozenset[str]
    captions: tuple[str, ...]
    keeps: tuple[str, ...]
    quotes: tuple[str, ...]
    asks: bool
    first: bool


def guard(
    shell: InteractiveShell, lacking: Mapping[str, str], stand_in: Callable[[Fallen], None]
) -> None:
    """From here on pass over statements that need a missing column, and show why in their places.

    Parameters
    ----------
    shell : InteractiveShell
    lacking : mapping of str to str
        Why each column is missing, by its name; with none, cells run as they are.
    stand_in : callable
        What shows a `Fallen` statement.
    """
    others = [one for one in shell.ast_transformers if not isinstance(one, _Guarded)]
    shell.ast_transformers[:] = others
    if lacking:
        shell.ast_transformers.append(_Guarded(_Needs(shell, lacking, stand_in)))


class _Guarded(ast.NodeTransformer):
    """A cell whose statements are each the body of `with _needs_(number)`."""

    def __init__(self, needs: _Needs) -> None:
        self._needs = needs

    def visit_Module(self, cell: ast.Module) -> ast.Module:
        """The cell, whose statements `_needs_` then knows."""
        steps = list(cell.body)
        self._needs.begin(steps)
        if steps and isinstance(last := steps[-1], ast.Expr):
            shown = ast.Call(ast.Name(_VALUE, ast.Load()), [last.value], [])
            steps[-1] = ast.copy_location(ast.Expr(shown), last)
        cell.body = [_guarded(step, number) for number, step in enumerate(steps)]
        return ast.fix_missing_locations(cell)


def _guarded(step: ast.stmt, number: int) -> ast.stmt:
    needs = ast.Call(ast.Name(_NAME, ast.Load()), [ast.Constant(number)], [])
    return ast.copy_location(ast.With([ast.withitem(needs)], [step]), step)


class _Needs:
    """Around a statement: an error because of a missing column is told, and what depends on it is gone."""

    def __init__(
        self,
        shell: InteractiveShell,
        lacking: Mapping[str, str],
        stand_in: Callable[[Fallen], None],
    ) -> None:
        self._shell, self._names = shell, shell.user_ns
        self._lacking, self._stand_in = dict(lacking), stand_in
        self._gone: dict[str, str] = {}
        self.begin([])

    def begin(self, steps: list[ast.stmt]) -> None:
        """A cell of these statements is next."""
        self._steps, self._number, self._first = list(steps), 0, True
        # Before each cell, since `%reset` takes all names away.
        self._shell.push({_NAME: self, _VALUE: self._shell.displayhook}, interactive=False)

    def __call__(self, number: int) -> _Needs:
        self._number = number
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None or (why := self._why(error)) is None:
            return False
        step = self._steps[self._number]
        for name in (*_made(step), *_changed(step)):
            if not isinstance(self._names.get(name), ModuleType):
                self._names.pop(name, None)
                self._gone[name] = why
        # A column that it would have added to a frame is missing too.
        for name in _added(step):
            self._lacking.setdefault(name, why)
        asks = not isinstance(error, NameError)
        self._stand_in(_fallen(step, why, asks, self._first))
        self._first = False
        return True

    def _why(self, error: BaseException) -> str | None:
        if isinstance(error, NameError) and error.name in self._gone:
            return self._gone[error.name]
        return reason(error, self._lacking)


def _made(step: ast.stmt) -> Iterator[str]:
    """Names to which a statement gives a value."""
    for part in ast.walk(step):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _changed(step: ast.stmt) -> Iterator[str]:
    """Names of which a statement calls a method for its effect, as `rows.append(row)` does."""
    for part in ast.walk(step):
        match part:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name)))):
                yield name


def _added(step: ast.stmt) -> Iterator[str]:
    """Columns to which a statement gives a value."""
    for part in ast.walk(step):
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            yield from filter(None, [_constant(part.slice)])


def _fallen(step: ast.stmt, why: str, asks: bool, first: bool) -> Fallen:
    """What a statement would have shown."""
    calls = [
        (ast.unparse(part.func), part) for part in ast.walk(step) if isinstance(part, ast.Call)
    ]
    return Fallen(
        why=why,
        shows=frozenset(name for name, _ in calls),
        captions=tuple(
            _caption(call) for name, call in calls if name in ("tables.show", "ranges.show")
        ),
        keeps=tuple(_constant(call.args[0]) for name, call in calls if name == "page.keep"),
        quotes=tuple(
            word.arg
            for name, call in calls
            if name == "page.quote"
            for word in call.keywords
            if word.arg
        ),
        asks=asks,
        first=first,
    )


def _caption(call: ast.Call) -> str:
    given = [word.value for word in call.keywords if word.arg == "caption"]
    return _constant(given[0]) if given else ""


def _constant(node: ast.expr) -> str:
    """A text that stands in the code; empty for anything else."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""  # type: ignore[attr-defined]
