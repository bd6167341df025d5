"""One at a time in a folder: who comes second says so and waits.

filelock does this on every platform, but is not in the reader's lock, and has to be there before
anything is installed; a folder can be locked by itself, and the lock ends with its process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows outside of WSL: nobody waits there
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone(folder: Path, sentence: str) -> Iterator[None]:
    """Hold a folder; where another process holds it, say a sentence and wait for its end."""
    if fcntl is None:
        yield
        return
    held = os.open(str(folder), os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(sentence, flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
