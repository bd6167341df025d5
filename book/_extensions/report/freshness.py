"""A build that never shows an old number and never hides an old warning.

Three traps of Sphinx and myst-nb, and what is done about each here:

- myst-nb keys its cache of executed notebooks on their code cells and their kernel alone. To the latter
  a digest of all else that a chapter's numbers can depend on is added while it is built (`dependencies`
  says what that is); a chapter with a new digest is executed and read again.
- A warning is printed when a page is read or written, and not in a later build that leaves the page
  alone. A build that ended with warnings, or did not end, is therefore followed by one that reads
  every page.
- A page that was not edited can be wrong all the same: it may quote a number of an edited chapter
  or link to a heading that is gone. If what pages can know of each other (`inventory`) has changed with
  the pages that were read, all are written again; and all are read again when something changed that no
  page names, such as a style sheet or an extension.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from helpers import disclosure, imports, published

from . import dependencies, inventory

_AROUND = ("_toc.yml", "CITATION.cff", "book/_static", "book/references.bib")
_STATE = "depends_on"
"""Where the digest stands in the metadata of a kernel."""


def caches(app: Sphinx) -> Path:
    """The folder of what is kept of executed notebooks, for all builders."""
    return Path(app.outdir).parent / ".jupyter_cache"


def marked(notebook: Any, state: str) -> Any:
    """The notebook, its kernel with the digest of what its outputs depend on."""
    notebook["metadata"].setdefault("kernelspec", {})[_STATE] = state
    return notebook


def _settings(app: Sphinx, config: Config) -> None:
    """Say where outputs are kept, and let Sphinx watch what every page depends on."""
    config.nb_execution_cache_path = str(caches(app) / "notebooks")
    package = Path(__file__).parent
    code = "\n".join(
        path.read_text(encoding="utf-8").replace("from __future__ import annotations", "")
        for path in sorted(package.rglob("*.py"))
    )
    config.book_sources = _around(
        package,
        # What the guide for instructors takes from the exercises, it says itself.
        *sorted(dependencies.loaded(code, without=[dependencies.REGISTRY])),
        published.DATA / "published.yaml",
        *_cohort(),
        *(Path(app.srcdir, name) for name in _AROUND),
    )


def _around(*paths: Path) -> str:
    """A digest of files and of what may be shown: outputs with rows are none of a book of aggregates."""
    found = dependencies.digest(*paths)
    return f"{found}-{disclosure.setting()}" if disclosure.is_own() else found


def _cohort() -> list[Path]:
    """The folder of the cohort that the book is built on."""
    named = os.environ.get("COHORT")
    return [Path(named).resolve() if named else published.DATA / "cohort"]


class _State(NamedTuple):
    """Digests of all that outputs of a notebook can depend on, and of what they do depend on.

    The first is quickly found; while it stays, so does the second.
    """

    all: str
    own: str


def _outdated(
    app: Sphinx, env: BuildEnvironment, _: set[str], __: set[str], ___: set[str]
) -> list[str]:
    """The notebooks whose outputs depend on something that was edited."""
    before: dict[str, _State] = getattr(env, "book_states", {})
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    around = _around(Path(app.srcdir, "requirements.txt"), *_cohort())
    everything = dependencies.digest(imports.ROOT, published.DATA)
    found = {}
    for name in sorted(env.found_docs):
        path = Path(env.doc2path(name))
        if path.suffix == ".ipynb":
            key = f"{dependencies.digest(path)}-{everything}-{around}-{version}"
            state = before.get(name)
            if state is None or state.all != key:
                files = dependencies.of(nbformat.read(path, as_version=4))
                state = _State(key, f"{dependencies.digest(*files)}-{around}-{version}")
            found[name] = state
    env.book_states = found  # type: ignore[attr-defined]
    return [
        name for name, state in found.items() if name not in before or before[name].own != state.own
    ]


def _mark_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let myst-nb look for the outputs that belong to this state."""
    state = app.env.book_states.get(docname)  # type: ignore[attr-defined]
    if state is not None:
        source[0] = json.dumps(marked(json.loads(source[0]), state.own))


def _mark(app: Sphinx) -> Path:
    return Path(app.doctreedir, "clean")


def _forget_unclean(app: Sphinx, config: Config) -> None:
    """Read everything again unless the last build ended without a warning, as strict as this one."""
    mark = _mark(app)
    strictness = mark.read_text(encoding="utf-8") if mark.exists() else None
    if strictness != "nitpicky" and (strictness is None or config.nitpicky):
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)
    mark.unlink(missing_ok=True)


def _entries(app: Sphinx) -> Path:
    return Path(app.doctreedir, "index-entries.json")


def _recall_entries(app: Sphinx, env: BuildEnvironment) -> tuple[()]:
    """Give the search the entries of pages that are not written; Sphinx keeps all but these."""
    if _entries(app).exists():
        kept = json.loads(_entries(app).read_text(encoding="utf-8"))
        env._search_index_index_entries = {
            name: found for name, found in kept.items() if name in env.found_docs
        }
    return ()


def _keep_entries(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == "html":
        kept = app.env._search_index_index_entries
        _entries(app).write_text(json.dumps(kept), encoding="utf-8")


def _note_clean(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app._warncount == 0 and app.statuscode == 0:
        _mark(app).write_text("nitpicky" if app.config.nitpicky else "plain", encoding="utf-8")


def _note_known(app: Sphinx, env: BuildEnvironment, _: list[str]) -> None:
    app.book_known = inventory.digest(env)  # type: ignore[attr-defined]


def _write_all(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """All pages, where they have to know something new of one that was read."""
    known = app.book_known  # type: ignore[attr-defined]
    return () if inventory.digest(env) == known else sorted(env.found_docs)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_sources", "", "env", str)
    app.connect("config-inited", _settings, priority=200)
    app.connect("config-inited", _forget_unclean, priority=201)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _mark_read, priority=600)  # after `pairing` has added lines
    app.connect("env-before-read-docs", _note_known)
    app.connect("env-get-updated", _write_all, priority=900)  # after Sphinx has numbered
    app.connect("env-get-updated", _recall_entries, priority=910)
    app.connect("build-finished", _keep_entries)
    app.connect("build-finished", _note_clean, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
