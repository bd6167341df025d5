"""What joblib runs on: processes of this machine, or the workers of a Dask scheduler."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

import joblib

from .store import EnsembleError

_CONNECT_SECONDS = 5
_IDLE_SECONDS = 5
"""How long a process without work stays, also one whose run was killed."""
_RETRIES = 3
_LOUD = ("asyncio", "tornado.application", "distributed", "distributed.client")
"""Loggers that tell a lost scheduler in pages; each has a level of its own."""


@contextmanager
def engine(workers: int, scheduler: str | None) -> Iterator[None]:
    """Within, `joblib.Parallel` runs there.

    Parameters
    ----------
    workers : int
        Processes on this machine; -1 for one a core.
    scheduler : str, optional
        Address of a Dask scheduler. What a worker that is killed was doing, another does again;
        while there are no workers left, it waits for some.

    Raises
    ------
    EnsembleError
        When the scheduler is not there, has no workers, or is lost, and when workers are killed
        again and again.
    """
    if scheduler is not None:
        with _dask(scheduler):
            yield
        return
    # When a run is stopped just as a piece is done, loky tells in pages that it cannot hand out more.
    logging.getLogger("concurrent.futures").setLevel(logging.CRITICAL)
    with joblib.parallel_config(
        "loky", n_jobs=workers, inner_max_num_threads=1, idle_worker_timeout=_IDLE_SECONDS
    ):
        yield


@contextmanager
def _dask(scheduler: str) -> Iterator[None]:
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise EnsembleError(
            "a scheduler needs the package distributed: pip install 'distributed>=2024.8'"
        ) from None
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is wrong is raised, too
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EnsembleError(f"scheduler {scheduler}: it cannot be reached: {reason}") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError:
            raise EnsembleError(f"scheduler {scheduler}: it has no workers") from None
        try:
            with joblib.parallel_config("dask", client=client, n_jobs=-1, retries=_RETRIES):
                yield
        except CancelledError:
            raise EnsembleError(
                f"scheduler {scheduler}: it was lost; the same command goes on from what is finished"
            ) from None
        except KilledWorker:
            raise EnsembleError(
                f"scheduler {scheduler}: workers were killed again and again at one shard; "
                "is there enough memory for each?"
            ) from None
