"""A build that never shows an old number and never hides an old warning.

Three traps of Sphinx and myst-nb, and what is done about each here:

- myst-nb keys its cache of executed notebooks on their code cells alone. The folder of the cache is
  therefore named by a digest of all else that a number depends on. It is a setting that Sphinx
  watches, so a new digest also makes it read every page again.
- A warning is printed when a page is read or written, and not in a later build that leaves the page
  alone. A build that ended with warnings, or did not end, is therefore followed by one that reads
  every page.
- A page that was not edited can be wrong all the same: it may quote a number of an edited chapter
  or link to a heading that is gone. If one page is read again, all are written again; and all are
  read again when something changed that no page names, such as a style sheet or an extension.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from helpers import published

_CACHES_KEPT = 3
_AROUND = ("_toc.yml", "book/_static", "book/references.bib")


def digest(*sources: Path) -> str:
    """A digest of the names and contents of files, and of all files in folders; some may be missing."""
    found = hashlib.sha256()
    for source in sources:
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        for file in inside:
            if file.is_file() and "__pycache__" not in file.parts:
                name = file.relative_to(source.parent).as_posix()
                found.update(f"{name}\0{file.stat().st_size}\0".encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _name_cache(app: Sphinx, config: Config) -> None:
    """Name the cache by what numbers depend on, and keep only the last few."""
    helpers = Path(published.__file__).parents[1]
    sources = [helpers, published.DATA, Path(app.srcdir, "requirements.txt")]
    cohort = os.environ.get("COHORT")
    if cohort:
        sources.append(Path(cohort).resolve())
    name = f"{digest(*sources)}-{sys.version_info.major}.{sys.version_info.minor}"
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / name
    current.mkdir(parents=True, exist_ok=True)
    os.utime(current)
    by_age = sorted((p for p in caches.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
    for old in by_age[:-_CACHES_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    config.nb_execution_cache_path = str(current)
    around = (Path(__file__).parent, *(Path(app.srcdir, name) for name in _AROUND))
    config.book_sources = digest(*around)


def _mark(app: Sphinx) -> Path:
    return Path(app.doctreedir, "clean")


def _forget_unclean(app: Sphinx, config: Config) -> None:
    """Read everything again unless the last build ended without a warning, as strict as this one."""
    mark = _mark(app)
    strictness = mark.read_text(encoding="utf-8") if mark.exists() else None
    if strictness != "nitpicky" and (strictness is None or config.nitpicky):
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)
    mark.unlink(missing_ok=True)


def _note_clean(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app._warncount == 0 and app.statuscode == 0:
        _mark(app).write_text("nitpicky" if app.config.nitpicky else "plain", encoding="utf-8")


def _note_read(app: Sphinx, _: BuildEnvironment, docnames: list[str]) -> None:
    app.book_reads = bool(docnames)  # type: ignore[attr-defined]


def _write_all(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    return sorted(env.found_docs) if app.book_reads else ()  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_sources", "", "env", str)
    app.connect("config-inited", _name_cache, priority=200)
    app.connect("config-inited", _forget_unclean, priority=201)
    app.connect("env-before-read-docs", _note_read)
    app.connect("env-updated", _write_all)
    app.connect("build-finished", _note_clean, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
