"""What the kernels of a build opened, loaded and ran: noted by a file that IPython runs at its start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_STARTUP = """
def _note():
    import json, os, sys, tempfile
    opened = set()
    sys.addaudithook(lambda event, given: event == "open" and opened.add(str(given[0])))
    shell, ran = get_ipython(), []
    told = tempfile.NamedTemporaryFile("w", suffix=".json", dir={folder!r}, delete=False)

    def note(result):
        ran.append(result.info.raw_cell)
        modules = {{getattr(module, "__file__", None) for module in list(sys.modules.values())}}
        # Python opens modules too, and `exercises` looks for a name in the text of all of its chapters.
        files = {{name for name in list(opened) if not name.endswith((".py", ".pyc"))}}
        told.seek(0)
        told.truncate()
        json.dump([ran, sorted(map(os.path.abspath, (modules - {{None}}) | files))], told)
        told.flush()

    shell.events.register("post_run_cell", note)

_note()
del _note
"""


@dataclass(frozen=True)
class Opened:
    """What a kernel ran, and the files that it opened or loaded."""

    ran: list[str]
    files: set[Path]


def ipython(folder: Path) -> str:
    """A folder of settings for IPython, in which its kernels note what they open."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    notes = folder / "opened"
    notes.mkdir()
    (startup / "note.py").write_text(_STARTUP.format(folder=str(notes)))
    return str(folder / "ipython")


def notes(folder: Path) -> list[Opened]:
    """What the kernels of that folder of settings noted."""
    return [
        Opened(ran, set(map(Path, files)))
        for ran, files in map(json.loads, map(Path.read_text, (folder / "opened").glob("*.json")))
    ]
