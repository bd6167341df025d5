"""Execute the notebooks on all cores, and never show a number that is out of date.

myst-nb keys its cache on the code cells alone, so an edit in `src/helpers` or `data` would leave
old numbers in a green build. Here the cache's folder is named by a digest of all that the numbers
depend on. The folder is a Sphinx setting, so a new digest also makes Sphinx read every page again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def digest(root: Path, cohort: str | None = None) -> str:
    """A digest of everything but the code cells that a number in the book depends on."""
    found = hashlib.sha256(sys.version.encode())
    sources = [root / "src" / "helpers", root / "data", root / "requirements.txt"]
    if cohort:
        sources.append(Path(cohort))
    for source in sources:
        files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
        for file in files:
            if _SKIPPED.isdisjoint(file.parts):
                found.update(str(file.relative_to(source.parent)).encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def _name_cache(app: Sphinx, config: Any) -> None:
    """Point myst-nb at the cache of this digest and drop the others."""
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / digest(Path(app.srcdir), os.environ.get("COHORT"))
    for other in caches.glob("*"):
        if other != current:
            shutil.rmtree(other, ignore_errors=True)
    config.nb_execution_cache_path = str(current)


def _execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the notebooks about to be read that are not in the cache, several at a time."""
    paths = {name: Path(env.doc2path(name)) for name in docnames}
    cache = get_cache(app.config.nb_execution_cache_path)
    missing = {}
    for name, path in paths.items():
        if path.suffix != ".ipynb":
            continue
        notebook = nbformat.read(path, as_version=4)
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            missing[name] = notebook
    if not missing:
        return
    _LOGGER.info("executing %d notebooks ...", len(missing))
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = {
            pool.submit(_run, notebook, paths[name], app.config.nb_execution_timeout): name
            for name, notebook in missing.items()
        }
        for done, job in enumerate(as_completed(jobs), 1):
            name = jobs[job]
            notebook, result, seconds = job.result()
            if result.err is not None:
                failed.append(f"{name}:\n{result.exc_string or result.err}")
                _LOGGER.info("FAILED %s (%d/%d)", name, done, len(jobs))
                continue
            bundle = CacheBundleIn(notebook, str(paths[name]), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            _LOGGER.info("executed %s in %.1f s (%d/%d)", name, seconds, done, len(jobs))
    if failed:
        raise ExtensionError("notebooks failed:\n" + "\n\n".join(failed))


def _run(notebook: Any, path: Path, timeout: int) -> tuple[Any, Any, float]:
    began = time.perf_counter()
    result = single_nb_execution(
        notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False, meta_override=True
    )
    return notebook, result, time.perf_counter() - began


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _name_cache, priority=200)
    app.connect("env-before-read-docs", _execute, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
