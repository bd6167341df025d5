"""Gather what runs the chapters in a reader's browser, in `_build/wasm`; `make wasm FROM=…` calls it.

The core and the lock of a pinned Pyodide come from its npm package. What is compiled comes from
Pyodide's distribution, `FROM` a folder, an archive or an address, each file checked against that lock;
what is Python alone comes from the package index in the versions and by the hashes of this project's
own lock. Then all of it is compiled to bytecode, without its tests, by that very Pyodide in a Chromium,
and listed in a lock of its own. Nothing is kept of a run that was refused.

jupyterlite-pyodide-lock and pyodide-lock write such a lock too, from what a running browser installs
out of a distribution that is there as a whole; neither compiles, nor knows this project's hashes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import lock as locks
import wasm_bytecode
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "_build/wasm"
VERSION = "0.27.7"
"""Of Pyodide."""
_CORE = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
"""SHA-256 of its npm package."""
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
_LARGEST = "pyodide.asm.wasm"
"""Which is shipped compressed; wheels are so already."""
IMPORTED = (
    "firthmodels",
    "ipython",
    "joblib",
    "lifelines",
    "lmfit",
    "matplotlib",
    "pandas",
    "pandera",
    "pyarrow",
    "scipy",
    "seaborn",
    "statsmodels",
    "tableone",
)
"""What chapters import that run in a browser; the rest follows."""
LEFT_OUT = frozenset(
    [
        "annotated-types",
        "cloudpickle",
        "et-xmlfile",
        "jedi",
        "jinja2",
        "markupsafe",
        "matplotlib-pyodide",
        "openpyxl",
        "parso",
        "pexpect",
        "pydantic",
        "pydantic-core",
        "pyodide-unix-timezones",
        "sqlite3",
        "typing-inspection",
    ]
)
"""What these name and no chapter imports; pydantic is not needed for files that are known."""
_BROWSER = {
    "python_version": "3.12",
    "python_full_version": "3.12.7",
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "extra": "",
}


class Refused(Exception):
    """Nothing can be gathered; the message is one sentence."""


def digest(content: bytes) -> str:
    """SHA-256, as both locks have it."""
    return hashlib.sha256(content).hexdigest()


def distribution(place: str) -> Callable[[str], bytes]:
    """What reads a file of Pyodide's distribution from a folder, an archive or an address."""
    if place.startswith(("https://", "http://")):
        return lambda name: _fetched(f"{place.rstrip('/')}/{name}")
    path = Path(place)
    if path.is_dir():
        return lambda name: _first(path.rglob(name), place, name).read_bytes()
    if not zipfile.is_zipfile(path):
        raise Refused(f"FROM={place}: a folder, a ZIP or an address was expected")
    archive = zipfile.ZipFile(path)
    names = {name.rpartition("/")[2]: name for name in archive.namelist()}
    return lambda name: archive.read(_first(filter(None, [names.get(name)]), place, name))


def _first(found: Any, place: str, name: str) -> Any:
    for one in found:
        return one
    raise Refused(f"FROM={place}: {name} is not there")


def _fetched(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.read()
    except urllib.error.URLError as error:
        raise Refused(f"{address} cannot be read: {error.reason}") from None


def core(folder: Path) -> dict[str, bytes]:
    """The files of Pyodide's npm package by their names, once their digest is known to be right."""
    npm = shutil.which("npm")
    archive = folder / f"pyodide-{VERSION}.tgz"
    if not archive.exists():
        if npm is None:
            raise Refused("npm was not found; install Node.js, which brings Pyodide's core")
        told = subprocess.run(
            [npm, "pack", "--silent", f"pyodide@{VERSION}"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if told.returncode:
            raise Refused(f"npm did not give pyodide {VERSION}: {told.stderr.strip()[-200:]}")
    content = archive.read_bytes()
    if digest(content) != _CORE:
        archive.unlink()
        raise Refused(f"{archive.name} has another SHA-256 than {_CORE}")
    with tarfile.open(fileobj=io.BytesIO(content)) as files:
        wanted = (*CORE, "pyodide-lock.json")
        return {name: _member(files, name) for name in wanted}


def _member(files: tarfile.TarFile, name: str) -> bytes:
    member = files.extractfile(f"package/{name}")
    assert member is not None, name
    return member.read()


def needed(official: dict[str, Any], pure: dict[str, str]) -> dict[str, list[str]]:
    """What has to be there, by name, and what each needs: by the lock for what is compiled, else by metadata."""
    found: dict[str, list[str]] = {}
    waiting = list(IMPORTED)
    while waiting:
        name = waiting.pop()
        if name in found or name in LEFT_OUT:
            continue
        if name in pure:
            wanted = map(Requirement, metadata.requires(name) or [])
            found[name] = [
                canonicalize_name(one.name)
                for one in wanted
                if one.marker is None or one.marker.evaluate(_BROWSER)
            ]
        elif name in official:
            found[name] = [canonicalize_name(one) for one in official[name]["depends"]]
        else:
            raise Refused(f"{name} is neither in Pyodide {VERSION} nor Python alone in our lock")
        found[name] = sorted(set(found[name]) - LEFT_OUT)
        waiting += found[name]
    return dict(sorted(found.items()))


def pure_pins() -> dict[str, str]:
    """Packages of the reader's lock that are Python alone, and the version of each."""
    alone = set()
    for line in (ROOT / locks.WHEELS).read_text("utf-8").splitlines():
        name, _, rest = line.split("\t")[1].partition("-")
        if rest.endswith("none-any.whl"):
            alone.add(canonicalize_name(name))
    alone.add("autograd-gamma")  # a source alone; see CONTRIBUTING.md
    return {pin.name: pin.version for pin in locks.pins("reader") if pin.name in alone}


def fetch_pure(names: list[str], folder: Path) -> dict[str, Path]:
    """Wheels of packages that are Python alone, by pip, which holds each against the lock."""
    from environment import entries

    wanted = [
        entry
        for entry in entries((ROOT / "requirements.txt").read_text("utf-8"))
        if canonicalize_name(entry.split("==")[0]) in names
    ]
    with tempfile.TemporaryDirectory() as work:
        listed = Path(work, "pure.txt")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
        anywhere = ["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.12"]
        for how, chosen in (
            (["download", "--only-binary=:all:", *anywhere, "-d", str(folder)], lambda n: n != "autograd-gamma"),
            (["wheel", "--no-build-isolation", "-w", str(folder)], lambda n: n == "autograd-gamma"),
        ):
            lines = [e for e in wanted if chosen(canonicalize_name(e.split("==")[0]))]
            listed.write_text("\n".join(lines), "utf-8")
            command = [*pip, *how, "--no-deps", "--require-hashes", "-r", str(listed)]
            told = subprocess.run(command, capture_output=True, text=True)
            if told.returncode:
                raise Refused(f"pip: {told.stderr.strip().splitlines()[-1]}")
    found = {canonicalize_name(path.name.split("-")[0]): path for path in folder.glob("*.whl")}
    for name in names:
        if name not in found:
            raise Refused(f"{name}: the package index gave no wheel that is Python alone")
    return found


def gather(place: str, instead: dict[str, Path], work: Path) -> dict[str, bytes]:
    """All files, by name, `pyodide-lock.json` among them.

    Parameters
    ----------
    place : str
        Where Pyodide's distribution is.
    instead : dict of str to Path
        Archives that stand in for packages that cannot be had, in tests alone.
    work : Path
        A folder for what is fetched, kept between runs.
    """
    work.mkdir(parents=True, exist_ok=True)
    read = distribution(place)
    files = core(work)
    official = json.loads(files["pyodide-lock.json"])
    listed = {canonicalize_name(name): one for name, one in official["packages"].items()}
    versions = pure_pins()
    depends = needed(listed, versions)
    pure = fetch_pure([name for name in depends if name in versions], work)
    packages: dict[str, dict[str, Any]] = {}
    contents: dict[str, bytes] = {}
    for name, needs in depends.items():
        if name in versions:
            file, content, version = pure[name].name, pure[name].read_bytes(), versions[name]
            kind = "package"
        else:
            entry = listed[name]
            file, version, kind = entry["file_name"], entry["version"], entry["package_type"]
            if name in instead:
                content = instead[name].read_bytes()
            elif digest(content := read(file)) != entry["sha256"]:
                raise Refused(f"{file} of {place} has another SHA-256 than Pyodide's lock")
        contents[file] = content
        packages[name] = {
            "name": name,
            "version": version,
            "file_name": file,
            "install_dir": "dynlib" if kind == "shared_library" else "site",
            "package_type": kind,
            "depends": needs,
            "imports": [],
        }
    compiled = wasm_bytecode.compiled({**files, **contents}, work)
    compiled[f"{_LARGEST}.gz"] = gzip.compress(compiled.pop(_LARGEST), 9, mtime=0)
    for one in packages.values():
        one["imports"] = wasm_bytecode.imports(compiled[one["file_name"]])
        one["sha256"] = digest(compiled[one["file_name"]])
        one["size"] = len(compiled[one["file_name"]])
    size = sum(len(compiled[name]) for name in compiled if name.split(".gz")[0] in CORE)
    ours = {"info": {**official["info"], "core": size}, "packages": packages}
    return {**compiled, "pyodide-lock.json": json.dumps(ours, indent=1).encode()}


def main() -> None:
    """Gather, and put everything in its place."""
    place = os.environ.get("FROM", "")
    try:
        if not place:
            raise Refused("FROM=… is missing: where Pyodide's distribution is")
        instead = dict(one.split("=", 1) for one in os.environ.get("INSTEAD", "").split() if one)
        files = gather(
            place, {k: Path(v) for k, v in instead.items()}, ROOT / "_build/wasm-sources"
        )
    except Refused as error:
        raise SystemExit(f"make wasm: {error}") from None
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name, content in files.items():
        (OUT / name).write_bytes(content)
    size = sum(map(len, files.values())) / 1e6
    print(f"{len(files)} files, {size:.1f} MB, in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
