"""A process that has imported what most chapters import, and forks a kernel for each of many.

Libraries take two seconds of every kernel, which is a quarter of all that a build from nothing computes.
The book's helpers are not among them: each kernel imports those that stand there when it begins.
What is forked has one thread, since a lock that another thread holds is never opened in the child. Where
processes are not forked safely, or there are few chapters, each kernel starts by itself.

Python's own `forkserver` imports the main program again in each child, here Sphinx; jupyter_client and
Jupyter's other providers of kernels start each from nothing.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST = 4
"""Kernels for which a process of their own is worth its start."""
ONE_THREAD = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""For every kernel, however it is started: as many run as there are cores."""
_IMPORTED = (
    "ipykernel.kernelapp", "ipykernel.zmqshell", "lifelines", "lifelines.statistics",
    "matplotlib.backends.backend_svg", "matplotlib.pyplot", "numba", "numpy", "pandas", "pydantic",
    "scipy.optimize", "scipy.stats", "yaml",
)  # fmt: skip
_BACKEND = (
    "module://matplotlib_inline.backend_inline"  # which ipykernel would set before the import
)
_MODULE = "-m"


class Forked:
    """A kernel that was forked, with what jupyter_client asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """0 once it has ended, however it did."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a kernel", timeout or 0)
            time.sleep(0.02)
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Warm:
    """The process, from its start until it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **ONE_THREAD, "MPLBACKEND": _BACKEND},
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the build, which waits for what runs
            )
        self._said = self._ours.makefile("r", encoding="utf-8")

    def kernel(
        self, command: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> Forked | None:
        """Fork one; None where the process has ended, or could not be forked safely.

        Parameters
        ----------
        command : sequence of str
            What would start it: `python -m ipykernel_launcher` and its arguments.
        folder : str
            In which it runs.
        environment : mapping of str to str
            Its variables.
        """
        after = command[command.index(_MODULE) + 1 :]
        job = {"words": after, "folder": folder, "environment": dict(environment)}
        with self._lock, suppress(OSError):
            self._ours.sendall(json.dumps(job).encode() + b"\n")
            if told := self._said.readline():
                return Forked(int(told))
        return None

    def close(self) -> None:
        """End it; kernels that still run end too."""
        self._said.close()
        self._ours.close()
        self._process.wait()


def can_fork() -> bool:
    """Whether a process that has imported these libraries is forked safely here."""
    return sys.platform == "linux"


def _serve(connection: socket.socket) -> None:
    """Answer each line, a kernel, with the number of its process."""
    for name in _IMPORTED:
        importlib.import_module(name)
    if len(os.listdir("/proc/self/task")) > 1:
        return
    signal.signal(signal.SIGCHLD, _bury)
    gc.freeze()  # a kernel that looks for what nobody uses leaves these pages shared
    job = _asked(connection)
    if job is not None:
        _become(**job)


def _asked(connection: socket.socket) -> dict[str, Any] | None:
    """In each fork what it is to be; None in this process, when nobody asks any more."""
    with connection, connection.makefile("r", encoding="utf-8") as asked:
        for line in asked:
            pid = os.fork()
            if pid == 0:
                job: dict[str, Any] = json.loads(line)
                return job
            connection.sendall(f"{pid}\n".encode())
    return None


def _bury(*_: object) -> None:
    """Let kernels that have ended be gone at once."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(words: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be a kernel."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # It ends with the process that forked it; ipykernel looked for another before the fork.
    sys.argv = [*words, f"--IPKernelApp.parent_handle={os.getppid()}"]
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    # The modules beside this file are no modules of the chapters.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).parent]
    _serve(socket.socket(fileno=int(sys.argv[1])))
