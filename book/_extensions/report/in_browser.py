"""Chapters that run in a reader's browser: what each has to fetch, and the files that go with the book.

`make wasm` has gathered them, in `_build/wasm`; where it has not run, nothing is offered. The package
`helpers` is packed here, with its data, since both may have changed since then.

Looked at: thebe-lite, which runs the chapters too, but asks other hosts for whatever its settings leave
out and the root of the host for a file; jupyterlite-sphinx, whose frame shows a notebook in place of
the page; sphinx-thebe's own Pyodide option, which is thebe-lite.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import re
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.osutil import copyfile

from helpers import exercises, imports, known, published
from helpers.exercises import quizzes

from . import calls, dependencies, gathered

_LOGGER = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parents[3]
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_LICENCES = Path(__file__).with_name("python-licences.txt")
"""Of what is shipped without its own."""
_SHELL = ("ipython",)
"""What the worker needs whatever the chapter imports."""
_NOT_THERE = ("numba", "pydantic", "distributed")
"""What `helpers` does without: no study and no table is checked that is not known."""
_COMPILED = (
    "it computes thousands of cohorts with Numba, which does not work in a browser. "
    "Choose one of the other ways."
)
WHY_NOT = dict.fromkeys(
    [
        "all-the-cohorts-that-fit",
        "reading-a-p-value",
        "what-one-more-number-would-have-told",
        "the-cut-point",
        "a-diameter-without-a-limit",
        "small-samples",
        "judging-a-prediction",
        "missing-values",
        "what-the-next-study-needs",
    ],
    _COMPILED,
)
"""Chapters that are not offered, by the name of the file without number, and why."""
NOTES = {
    "when-hazards-are-not-proportional": "All cells of this chapter take a minute or two there.",
}
"""What the panel says of a chapter besides, by the same names."""


def folder(app: Sphinx) -> Path | None:
    """Where the gathered files are, if they are, and are made of what is here now.

    A book on another cohort has none: nothing in a browser could check its tables.
    """
    root = Path(app.srcdir)
    if os.environ.get("COHORT") or not gathered.is_fresh(root):
        return None
    return gathered.folder(root)


def offer(app: Sphinx, pagename: str) -> dict[str, Any] | None:
    """What a page has to know to run in the browser; None where nothing was gathered."""
    place = folder(app)
    source = Path(app.env.doc2path(pagename))
    if place is None or source.suffix != ".ipynb":
        return None
    name = re.sub(r"^\d+-", "", source.stem)
    if name in WHY_NOT:
        return {"why": WHY_NOT[name]}
    packages = lock(place)["packages"]
    every = closure(packages, wanted(source, packages))
    core = lock(place)["info"]["core"]
    return {
        "packages": sorted(every),
        "bytes": core + sum(packages[one]["size"] for one in every),
        "note": NOTES.get(name, ""),
    }


def wanted(notebook: Path, packages: dict[str, Any]) -> list[str]:
    """The packages that a chapter imports, itself or by what it calls, by their names in the lock."""
    cells = nbformat.read(notebook, 4).cells
    code = "\n".join(
        dependencies.python(cell.source)
        for cell in cells
        if cell.cell_type == "code" and "install" not in cell.metadata.get("tags", [])
    )
    at_once = imports.imported_modules(code, without=[dependencies.REGISTRY], at_once=True).packages
    found = {*at_once, *calls.packages(code)}
    named = {name: package for package, one in packages.items() for name in one["imports"]}
    missing = [name for name in at_once if name not in named and name not in _NOT_THERE]
    if missing:
        raise ValueError(
            f"{notebook.name}: no package for the browser has {', '.join(sorted(missing))}"
        )
    own = ["helpers", *(["helpers-ensemble"] if "pyarrow" in found else [])]
    return sorted({*own, *_SHELL, *(named[name] for name in found if name in named)})


def closure(packages: dict[str, Any], names: list[str]) -> set[str]:
    """Packages, and what they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += packages[one]["depends"]
    return found


@functools.cache
def lock(place: Path) -> dict[str, Any]:
    """The lock of the gathered files, with the packages of the book itself in it."""
    told = json.loads((place / gathered.LOCK).read_text("utf-8"))
    for name, content in own().items():
        told["packages"][name] = {
            "name": name,
            "file_name": f"{name}.zip",
            "install_dir": "site",
            "depends": [],
            "imports": ["helpers"] if name == "helpers" else [],
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
    return told


@functools.cache
def own() -> dict[str, bytes]:
    """The package of this book, with what its files were read as; and its ensemble, apart."""
    from helpers import ensemble  # which imports more than all else here

    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    name, version = project["name"], project["version"]
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {f"{name.replace('-', '_')}-{version}.dist-info/METADATA": about.encode()}
    apart: dict[str, bytes] = {}
    for path in sorted(imports.ROOT.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md":
            files[f"helpers/{path.relative_to(imports.ROOT).as_posix()}"] = path.read_bytes()
    for path in sorted(published.DATA.rglob("*")):
        if path.is_file():
            into = apart if path.suffix == ".parquet" else files
            into[f"helpers/data/{path.relative_to(published.DATA).as_posix()}"] = path.read_bytes()
    read: dict[Path, Any] = {published.DATA / "published.yaml": published.load()}
    read |= {quizzes.FOLDER / f"{one}.yaml": exercises.read(one) for one in quizzes.names()}
    plain = {known.digest(path): known.to_plain(value) for path, value in read.items()}
    ensemble.load()  # which checks every cell
    plain[known.digest(published.DATA / "ensemble.parquet")] = True
    files["helpers/known.json"] = json.dumps(plain).encode()
    return {"helpers": _archive(files), "helpers-ensemble": _archive(apart)}


def _archive(files: dict[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content in files.items():
            archive.writestr(
                zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED, compresslevel=9
            )
    return into.getvalue()


def _notice(app: Sphinx, config: Config) -> None:
    """Have all pages written again when there are other files, or none any more."""
    place = folder(app)
    told = json.dumps(lock(place)) if place else ""
    config.in_browser = hashlib.sha256(told.encode()).hexdigest()
    root = Path(app.srcdir)
    if gathered.told(root) and not gathered.is_fresh(root):
        _LOGGER.info(
            "No chapter is offered in the browser: run `make wasm` again, for what is here now."
        )


def ship(app: Sphinx, exception: Exception | None) -> None:
    """Put the files beside the others of the book."""
    place = folder(app)
    if exception is not None or place is None or app.builder.name not in ("html", "dirhtml"):
        return
    target = Path(app.outdir, gathered.PLACE)
    target.mkdir(parents=True, exist_ok=True)
    told = lock(place)
    empty = {"info": told["info"], "packages": {}}
    written = {
        gathered.LICENCES: _LICENCES.read_bytes(),
        gathered.LOCK: json.dumps(told).encode(),
        gathered.EMPTY: json.dumps(empty).encode(),
        **{f"{name}.zip": content for name, content in own().items()},
    }
    for path in place.iterdir():
        if path.name not in written:
            copyfile(path, target / path.name)
    for name, content in written.items():
        (target / name).write_bytes(content)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("in_browser", "", "html")
    app.connect("config-inited", _notice)
    app.connect("build-finished", ship)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
