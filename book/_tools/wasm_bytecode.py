"""Archives of Python as bytecode, without tests, compiled by the Pyodide that will run them.

Bytecode fits one minor version of Python, and the one of the browser need not be on this machine; so
Pyodide compiles it itself, in a Chromium. What was compiled is kept by the digest of its archive.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import http.server
import io
import json
import threading
import zipfile
from pathlib import Path

import chromium

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DROPPED = {"tests", "test", "__pycache__", "sample_data", "include"}
_ENDINGS = (".pyi", ".pxd", ".pyx", ".h", ".c", ".a", ".pyc", ".afm", ".js.map")
_UNUSED = (
    "matplotlib/backends/web_backend/",
    "matplotlib/mpl-data/fonts/pdfcorefonts/",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSerif",
    "matplotlib/mpl-data/images/",
    "pytz/zoneinfo/",
    "scipy/datasets/",
    "scipy/misc/",
    "statsmodels/datasets/",
    "statsmodels/sandbox/regression/data/",
    "tzdata/zoneinfo/",
)
"""Beginnings of names that no chapter asks for, and that are large."""
_RECIPE = "1"
"""Changes with this module, so that what is kept is compiled again."""
_COMPILE = """
import importlib.util, marshal
from base64 import b64decode, b64encode
def bytecode(name, source):
    code = compile(b64decode(source), name, "exec", dont_inherit=True, optimize=0)
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
    return b64encode(head + marshal.dumps(code)).decode()
def all_of(sources):
    made = {}
    for name, source in sources.to_py().items():
        try:
            made[name] = bytecode(name, source)
        except (SyntaxError, ValueError):
            pass
    from pyodide.ffi import to_js
    import js
    return to_js(made, dict_converter=js.Object.fromEntries)
all_of
"""


def compiled(files: dict[str, bytes], work: Path) -> dict[str, bytes]:
    """The same files; those that are archives are trimmed, compiled, and deflated."""
    keep = work / "compiled"
    keep.mkdir(exist_ok=True)
    made: dict[str, bytes] = {}
    waiting: dict[str, Path] = {}
    for name, content in files.items():
        if not name.endswith((".zip", ".whl")):
            made[name] = content
            continue
        key = hashlib.sha256(_RECIPE.encode() + content).hexdigest()
        path = keep / key
        if path.is_file():
            made[name] = path.read_bytes()
        else:
            waiting[name] = path
    if waiting:
        core = {name: files[name] for name in files if name.startswith("pyodide.")}
        core["python_stdlib.zip"] = files["python_stdlib.zip"]
        lock = json.loads(files["pyodide-lock.json"])
        empty = json.dumps({"info": lock["info"], "packages": {}}).encode()
        core["pyodide-lock.json"] = empty
        with _served(core) as address, chromium.launch() as browser:
            page = browser.new_page()
            page.set_default_timeout(chromium.HANGING)
            page.goto(address)
            page.evaluate(
                """async (recipe) => {
                  const { loadPyodide } = await import("/pyodide.mjs");
                  const python = await loadPyodide({ lockFileURL: "/pyodide-lock.json" });
                  window.compileAll = python.runPython(recipe);
                }""",
                _COMPILE,
            )
            for name, path in waiting.items():
                made[name] = _archive(name, files[name], lambda sources: page.evaluate("s => window.compileAll(s)", sources))
                path.write_bytes(made[name])
    return {name: made[name] for name in files}


def _archive(name, content, compile_all) -> bytes:
    """One archive, made anew."""
    into = io.BytesIO()
    library = name == "python_stdlib.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w") as new:
        kept = {
            one: old.read(one)
            for one in sorted(old.namelist())
            if not one.endswith("/") and (library or _is_wanted(one))
        }
        place = "/lib/python312.zip/" if library else "/lib/python3.12/site-packages/"
        sources = {
            place + one: base64.b64encode(text).decode()
            for one, text in kept.items()
            if one.endswith(".py")
        }
        code = compile_all(sources)
        for one, text in kept.items():
            body, target = text, one
            if place + one in code:
                body, target = base64.b64decode(code[place + one]), one + "c"
            new.writestr(zipfile.ZipInfo(target, _EARLIEST), body, zipfile.ZIP_DEFLATED, 9)
    return into.getvalue()


def _is_wanted(name: str) -> bool:
    *folders, file = name.split("/")
    if name.startswith(_UNUSED) and not name.endswith(".py"):
        return False
    return not (_DROPPED.intersection(folders) or file.endswith(_ENDINGS) or file == "RECORD")


def imports(archive: bytes) -> list[str]:
    """The names by which what is in an archive is imported."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        tops = set()
        for name in files.namelist():
            top, _, rest = name.partition("/")
            if rest and top.isidentifier() and name.endswith((".pyc", ".py", ".so")):
                tops.add(top)
            elif not rest and name.endswith((".pyc", ".py")):
                tops.add(top.partition(".")[0])
        return sorted(tops)


class _served:
    """Serve files to this machine's browser, within a block."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def __enter__(self) -> str:
        files = self.files
        kinds = {"mjs": "text/javascript", "js": "text/javascript", "wasm": "application/wasm"}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = files.get(self.path.lstrip("/"), b"<!doctype html><title>compiling</title>")
                self.send_response(200)
                self.send_header("Content-Type", kinds.get(self.path.rpartition(".")[2], "text/html"))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
