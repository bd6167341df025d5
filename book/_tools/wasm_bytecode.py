"""Archives of Python as bytecode, without tests, compiled by the Pyodide that will run them.

Bytecode fits one minor version of Python, and the one of the browser need not be on this machine; so
Pyodide compiles it itself, in a Chromium. What was compiled is kept by the digest of its archive.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import chromium
import measure

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_DROPPED = {"tests", "test", "__pycache__", "sample_data", "include"}
_ENDINGS = (".pyi", ".pxd", ".pyx", ".h", ".c", ".a", ".pyc", ".afm", ".js.map")
_UNUSED = (
    "matplotlib/backends/web_backend/",
    "matplotlib/mpl-data/fonts/pdfcorefonts/",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans-BoldOblique",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSansMono-",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSerif",
    "matplotlib/mpl-data/fonts/ttf/STIXGeneralBol",
    "matplotlib/mpl-data/fonts/ttf/STIXNonUniBol",
    "matplotlib/mpl-data/fonts/ttf/cm",
    "matplotlib/mpl-data/images/",
    "pydoc_data/",
    "pytz/zoneinfo/",
    "scipy/datasets/",
    "scipy/fftpack/",
    "scipy/io/",
    "scipy/misc/",
    "scipy/odr/",
    "scipy/stats/_sobol_direction_numbers.npz",
    "statsmodels/sandbox/regression/data/",
    "tzdata/zoneinfo/",
)
"""Beginnings of names that no chapter asks for, and that are large."""
_LEXERS = "pygments/lexers/"
_USED_LEXERS = re.compile(
    r"(__init__|_mapping|_(css|lilypond|scheme)_builtins|css|data|html|javascript|jvm|lilypond|lisp"
    r"|markup|perl|python|ruby|shell)\.py"
)
"""Of the languages that Pygments knows, those that IPython names."""
_BARE = (
    "matplotlib-",
    "narwhals-",
    "pandas-",
    "pillow-",
    "pygments-",
    "scipy-",
)
"""Archives whose docstrings are left out too: these libraries are made to run without, and a quarter
of what a chapter fetches would be docstrings. Those that chapters teach with keep theirs."""
_LIBRARY = "python_stdlib.zip"
_RECIPE = b"3"
"""Changes with this module, so that what is kept is compiled again."""
_BEGIN = """async (recipe) => {
  const { loadPyodide } = await import("/pyodide.mjs");
  const python = await loadPyodide({ lockFileURL: "/lock.json" });
  window.compileAll = python.runPython(recipe);
}"""
_COMPILE = """
import ast, importlib.util, js, marshal
from base64 import b64decode, b64encode
from pyodide.ffi import to_js

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

def bytecode(name, source, bare):
    tree = ast.parse(b64decode(source))
    for node in ast.walk(tree) if bare else ():
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.copy_location(ast.Pass(), node.body[0])]
    code = compile(tree, name, "exec", dont_inherit=True, optimize=0)
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
    return b64encode(head + marshal.dumps(code)).decode()

def compile_all(sources, bare):
    made = {}
    for name, source in sources.to_py().items():
        try:
            made[name] = bytecode(name, source, bare)
        except (SyntaxError, ValueError):
            pass
    return to_js(made, dict_converter=js.Object.fromEntries)

compile_all
"""

Compile = Callable[[dict[str, str], bool], dict[str, str]]
"""Bytecode by the names of files, from their sources, both as base64; with docstrings or without."""


def compiled(files: Mapping[str, bytes], work: Path) -> dict[str, bytes]:
    """The same files; those that are archives are trimmed, compiled, and deflated.

    Parameters
    ----------
    files : mapping of str to bytes
        Pyodide's core and lock among them.
    work : Path
        Where archives are kept that were compiled before.
    """
    keep = work / "compiled"
    keep.mkdir(exist_ok=True)
    made = dict(files)
    waiting = {}
    for name, content in files.items():
        if name.endswith((".zip", ".whl")):
            recipe = _RECIPE + (b"bare" if name.startswith(_BARE) else b"")
            with zipfile.ZipFile(io.BytesIO(content)) as files_in_it:
                wanted = "\n".join(_wanted(name, files_in_it)).encode()
            path = keep / hashlib.sha256(recipe + wanted + content).hexdigest()
            if path.is_file():
                made[name] = path.read_bytes()
            else:
                waiting[name] = path
    if waiting:
        with _compiler(files) as compile_all:
            for name, path in waiting.items():
                made[name] = archive(name, files[name], compile_all)
                path.write_bytes(made[name])
    return made


@contextmanager
def _compiler(files: Mapping[str, bytes]) -> Iterator[Compile]:
    """Pyodide in a Chromium, within a block."""
    info = json.loads(files["pyodide-lock.json"])["info"]
    core = {name: files[name] for name in (*files,) if name.startswith(("pyodide.", "python_"))}
    core["lock.json"] = json.dumps({"info": info, "packages": {}}).encode()
    core["index.html"] = b"<!doctype html><title>Compiling</title>"
    with (
        tempfile.TemporaryDirectory() as folder,
        measure.serve(Path(folder)) as address,
        chromium.launch() as browser,
    ):
        for name, content in core.items():
            Path(folder, name).write_bytes(content)
        page = browser.new_page()
        page.set_default_timeout(chromium.HANGING)
        page.goto(address)
        page.evaluate(_BEGIN, _COMPILE)
        yield lambda sources, bare: page.evaluate("given => compileAll(...given)", [sources, bare])


def archive(name: str, content: bytes, compile_all: Compile) -> bytes:
    """An archive made anew, with bytecode in place of sources wherever there is some."""
    into = io.BytesIO()
    library = name == _LIBRARY
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w") as new:
        kept = {one: old.read(one) for one in _wanted(name, old)}
        place = "/lib/python312.zip/" if library else "/lib/python3.12/site-packages/"
        sources = {
            place + one: base64.b64encode(text).decode()
            for one, text in kept.items()
            if one.endswith(".py")
        }
        code = compile_all(sources, name.startswith(_BARE))
        for one, text in kept.items():
            body, target = text, one
            if place + one in code:
                body, target = base64.b64decode(code[place + one]), one + "c"
            new.writestr(zipfile.ZipInfo(target, _EARLIEST), body, zipfile.ZIP_DEFLATED, 9)
    return into.getvalue()


def _wanted(name: str, archive: zipfile.ZipFile) -> list[str]:
    """The files of an archive that stay in it; of the standard library all but its manual."""
    files = sorted(one for one in archive.namelist() if not one.endswith("/"))
    if name == _LIBRARY:
        return [one for one in files if not one.startswith(_UNUSED)]
    return [one for one in files if _is_wanted(one)]


def _is_wanted(name: str) -> bool:
    *folders, file = name.split("/")
    if name.startswith(_UNUSED) or (file.startswith("test_") and file.endswith(".py")):
        return False
    if name.startswith(_LEXERS) and not _USED_LEXERS.fullmatch(file):
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
