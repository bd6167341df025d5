"""Execute the notebooks that are not in the cache, on all cores, before the pages are read.

jupyter-cache has a parallel executor too; it tells nothing until the end and takes the notebooks in
no particular order. Here each one reports when it is done, the longest goes first, a failed cell stops
the build with its source and its traceback, and many kernels are forked from one process (`warm`).
"""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging
from traitlets import default

from . import warm
from .freshness import caches, marked

_LOGGER = logging.getLogger(__name__)
_QUIET = ["--log-level=ERROR"]  # for the kernel's own messages; what cells write is not touched
_KEPT = 100
"""Executed notebooks; those that were not used for longest go first."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ExecutionFailed(SphinxError):
    """A cell of a notebook raised an error."""

    category = "A notebook failed"


def _execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute what is about to be read and is not in the cache, and put it there."""
    cache = get_cache(app.config.nb_execution_cache_path)
    cache.change_cache_limit(_KEPT)
    missing: dict[Path, Any] = {}
    for name in docnames:
        path = Path(env.doc2path(name))
        if path.suffix == ".ipynb":
            notebook = marked(nbformat.read(path, as_version=4), env.book_states[name].own)  # type: ignore[attr-defined]
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                missing[path] = notebook
    if not missing:
        return
    times = _Times(caches(app) / "seconds.json")
    # A notebook takes its time in its kernel, which is a process; threads are enough to wait for it.
    cores = min(os.cpu_count() or 1, len(missing))
    _LOGGER.info("executing %d notebooks, %d at a time", len(missing), cores)
    failures = []
    many = len(missing) >= warm.FEWEST and warm.can_fork()
    with (
        closing(warm.Warm()) if many else nullcontext() as forks,
        ThreadPoolExecutor(cores) as pool,
    ):
        jobs = {
            pool.submit(_run, missing[path], path, app.config.nb_execution_timeout, forks): path
            for path in sorted(missing, key=lambda p: (times.of(p), p.stat().st_size), reverse=True)
        }
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                path, result = jobs[job], job.result()
                how = "executed" if result.err is None else "FAILED"
                _LOGGER.info(
                    "%s %s in %.1f s (%d/%d)", how, path.stem, result.time, done, len(jobs)
                )
                if result.err is not None:
                    failures.append(f"{path.with_suffix('.md').name}: {result.err}")
                    continue
                cache.cache_notebook_bundle(
                    CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time}),
                    check_validity=False,
                    overwrite=True,
                )
                times.note(path, result.time)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            _LOGGER.info("interrupted; the notebooks that are running are waited for")
            raise
    if failures:
        _LOGGER.error(_COLOURS.sub("", "\n\n".join(failures)))
        raise ExecutionFailed(f"{len(failures)} of {len(jobs)} notebooks, as told above")


class _OwnKernel(AsyncKernelManager):
    """Starts ipykernel in the Python that runs this, whatever kernels the user has.

    No folder of kernels is searched. nbclient ends the kernel of a manager that it has made itself,
    and leaves that of one which it is given: so it is given the class.
    """

    @default("kernel_spec_manager")
    def _no_folders(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        kw["env"] = {**kw.get("env", os.environ), **warm.ONE_THREAD}
        await super()._async_launch_kernel(kernel_cmd, **kw)


def _forked_by(forks: warm.Warm) -> type[_OwnKernel]:
    """The same, its kernels forked from a process."""

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
            kernel = forks.kernel(cmd, kwargs["cwd"], kwargs["env"])
            if kernel is None:
                return await super().launch_kernel(cmd, **kwargs)
            self.process = kernel  # type: ignore[assignment]  # it does what a Popen does here
            self.pid = self.pgid = kernel.pid
            return self.connection_info

    class Kernel(_OwnKernel):
        async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
            self.kernel_id = str(uuid4())
            self.provisioner = Provisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            return await super()._async_pre_start_kernel(**kw)

    return Kernel


def _run(
    notebook: Any, path: Path, timeout: int, forks: warm.Warm | None = None
) -> ExecutionResult:
    return single_nb_execution(
        notebook,
        kernel_manager_class=_OwnKernel if forks is None else _forked_by(forks),
        kernel_name=NATIVE_KERNEL_NAME,  # not the one that an editor wrote into the notebook
        cwd=str(path.parent),
        timeout=timeout,
        allow_errors=False,
        # A kernel cuts what a cell prints where its haste has it, between a line and its end too;
        # myst-nb's merging would keep the cut as an empty line.
        coalesce_streams=True,
        extra_arguments=_QUIET,
    )


class _Times:
    """How long each notebook took the last time; one that is new goes first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds: dict[str, float] = {}
        with suppress(OSError, ValueError):
            self._seconds = json.loads(path.read_text(encoding="utf-8"))

    def of(self, notebook: Path) -> float:
        return self._seconds.get(notebook.stem, float("inf"))

    def note(self, notebook: Path, seconds: float) -> None:
        self._seconds[notebook.stem] = round(seconds, 1)
        self._path.write_text(json.dumps(self._seconds, indent=1), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("env-before-read-docs", _execute, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
