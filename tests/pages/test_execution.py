"""How notebooks are run: what an interrupted build leaves undone."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import limits
import pytest
from report import execution


class _EmptyCache:
    def change_cache_limit(self, size: int) -> None:
        pass

    def match_cache_notebook(self, notebook: object) -> None:
        raise KeyError


def test_an_interrupted_build_begins_no_further_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    names = [f"{number:02}" for number in range(8)]
    for name in names:
        (tmp_path / f"{name}.ipynb").touch()
    begun = []
    told = threading.Event()

    def run(_: object, path: Path, *__: object) -> None:
        begun.append(path.stem)
        told.wait(limits.HANGING)

    def tell(message: str, *_: object) -> None:
        if message.startswith("interrupted"):
            told.set()

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(execution, "get_cache", lambda _: _EmptyCache())
    monkeypatch.setattr(execution.nbformat, "read", lambda *_, **__: {"metadata": {}})
    monkeypatch.setattr(execution.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(execution, "_run", run)
    monkeypatch.setattr(execution.warm, "FEWEST", len(names) + 1)
    monkeypatch.setattr(execution._LOGGER, "info", tell)
    monkeypatch.setattr(execution, "as_completed", interrupted)
    app = SimpleNamespace(
        outdir=tmp_path / "html",
        config=SimpleNamespace(
            nb_execution_cache_path=tmp_path / "cache", nb_execution_timeout=limits.HANGING
        ),
    )
    env = SimpleNamespace(
        doc2path=lambda name: tmp_path / f"{name}.ipynb",
        book_states={name: SimpleNamespace(own="") for name in names},
    )
    with pytest.raises(KeyboardInterrupt):
        execution._execute(app, env, names)  # type: ignore[arg-type]
    assert 0 < len(begun) <= 2, begun
