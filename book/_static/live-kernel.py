"""What answers the cells of a page in the browser: IPython, whose messages go out as a kernel's do.

The worker runs this file and makes a `Kernel`.
"""

import base64
import contextlib
import hashlib
import importlib
import io
import json
import os
import sys
import zipfile
from importlib.machinery import PathFinder

SITE = "/lib/python3.12/site-packages"


class Kernel:
    """Packages, and a shell that runs cells."""

    def __init__(self, packages, folder, say):
        self.packages, self.folder, self.say = packages.to_py(), folder, say
        self.installed = set()
        self.importable = {
            name: package for package, entry in self.packages.items() for name in entry["imports"]
        }
        self.cell = 0
        sys.meta_path.append(self)

    def install(self, package, content):
        """Unpack an archive, whose bytes were checked when they were fetched."""
        self.installed.add(package)
        place = SITE if self.packages[package]["install_dir"] == "site" else "/usr/lib"
        with zipfile.ZipFile(io.BytesIO(content.to_py())) as archive:
            archive.extractall(place)

    def find_spec(self, name, path=None, target=None):
        """Fetch what the book's own code or the reader asks for, if it is not there.

        Libraries try each other out; what they ask for alone stays away.
        """
        package = self.importable.get(name)
        if package is None or package in self.installed or not self._asked():
            return None
        waiting = [package]
        while waiting:
            one = waiting.pop()
            if one not in self.installed:
                self._fetch(one)
                waiting += self.packages[one]["depends"]
        importlib.invalidate_caches()
        return PathFinder.find_spec(name)

    def _asked(self):
        frame = sys._getframe(2)
        while frame and "importlib" in frame.f_globals.get("__name__", ""):
            frame = frame.f_back
        asking = frame.f_globals.get("__name__", "") if frame else ""
        return asking == "__main__" or asking.partition(".")[0] == "helpers"

    def _fetch(self, package):
        import js

        entry = self.packages[package]
        self.send("state", f"Fetching {package}…")
        request = js.XMLHttpRequest.new()
        request.open("GET", self.folder + entry["file_name"], False)
        request.responseType = "arraybuffer"
        request.send()
        content = request.response
        if hashlib.sha256(content.to_py()).hexdigest() != entry["sha256"]:
            raise ImportError(f"{entry['file_name']} is not as it was made", name=package)
        self.install(package, content)

    def send(self, kind, content):
        """Tell the page."""
        self.say(json.dumps([self.cell, kind, content], default=str))

    def start(self):
        """Begin a shell."""
        importlib.invalidate_caches()
        self.shell = shell(self)

    def prepare(self):
        """Import what every chapter begins with, while the reader reads."""
        with contextlib.suppress(Exception):  # the cell that imports it will say what is wrong
            importlib.import_module("helpers.page")

    def run(self, cell, code):
        """Run a cell; gives its number."""
        self.cell = cell
        self.shell.run_cell(code, store_history=True)
        sys.stdout.flush()
        sys.stderr.flush()
        return self.shell.execution_count - 1


def plain(data):
    """What can be sent: pictures as text."""
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


class _Stream(io.TextIOBase):
    """What is printed, sent on line by line."""

    def __init__(self, kernel, name):
        self.kernel, self.name, self.kept = kernel, name, ""

    def writable(self):
        return True

    def write(self, text):
        self.kept += text
        if "\n" in text:
            self.flush()
        return len(text)

    def flush(self):
        kept, self.kept = self.kept, ""
        if kept:
            self.kernel.send("stream", {"name": self.name, "text": kept})


def shell(kernel):
    """IPython's own shell, with the three places where it shows something."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, *, transient=None, update=False, **_):
            kind = "update_display_data" if update else "display_data"
            content = {
                "data": plain(data),
                "metadata": metadata or {},
                "transient": transient or {},
            }
            kernel.send(kind, content)

        def clear_output(self, wait=False):
            kernel.send("clear_output", {"wait": wait})

    class Hook(DisplayHook):
        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            content = {"data": plain(format_dict), "metadata": md_dict or {}}
            kernel.send("execute_result", {**content, "execution_count": self.prompt_count})

        def finish_displayhook(self):
            self.exec_result = None

    class Shell(InteractiveShell):
        display_pub_class = Publisher
        displayhook_class = Hook

        def _showtraceback(self, etype, evalue, stb):
            sys.stdout.flush()
            content = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
            kernel.send("error", content)

        def enable_gui(self, gui=None):
            pass

    os.environ["MPLBACKEND"] = "agg"  # Pyodide's own would draw into the page
    sys.stdout, sys.stderr = _Stream(kernel, "stdout"), _Stream(kernel, "stderr")
    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config)
