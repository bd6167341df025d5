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
import urllib.error
import urllib.request
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import lock
import wasm_bytecode
from environment import LOCKS, entries
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "_build/wasm"
SOURCES = ROOT / "_build/wasm-sources"
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
    "pyarrow",
    "scipy",
    "seaborn",
    "statsmodels",
    "tableone",
)
"""What chapters import that run in a browser; the rest follows."""
LEFT_OUT = frozenset(
    [
        "cloudpickle",
        "et-xmlfile",
        "fonttools",
        "jedi",
        "jinja2",
        "markupsafe",
        "matplotlib-pyodide",
        "openpyxl",
        "parso",
        "pexpect",
        "sqlite3",
    ]
)
"""What these name and no chapter imports."""
_SOURCE_ALONE = "autograd-gamma"
"""Of which there is no wheel; see CONTRIBUTING.md."""
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


@dataclass(frozen=True)
class Distribution:
    """Where Pyodide's compiled packages are: a folder, a ZIP or an address."""

    place: str

    def read(self, name: str) -> bytes:
        """A file by its name alone.

        Raises
        ------
        Refused
            When it is not there.
        """
        missing = Refused(f"FROM={self.place}: {name} is not there")
        if self.place.startswith(("https://", "http://")):
            address = f"{self.place.rstrip('/')}/{name}"
            try:
                with urllib.request.urlopen(address) as answer:
                    return answer.read()
            except urllib.error.HTTPError:
                raise missing from None
            except urllib.error.URLError as error:
                raise Refused(f"{address} cannot be read: {error.reason}") from None
        path = Path(self.place)
        if path.is_dir():
            if found := next(path.rglob(name), None):
                return found.read_bytes()
            raise missing
        if not zipfile.is_zipfile(path):
            raise Refused(f"FROM={self.place}: a folder, a ZIP or an address was expected")
        with zipfile.ZipFile(path) as archive:
            for one in archive.namelist():
                if one.rpartition("/")[2] == name:
                    return archive.read(one)
        raise missing

    def checked(self) -> None:
        """Refuse another version, where the distribution says which it is."""
        try:
            told = json.loads(self.read("pyodide-lock.json"))["info"]["version"]
        except (Refused, ValueError, KeyError):
            return  # each file is held against the lock anyway
        if told != VERSION:
            raise Refused(f"FROM={self.place}: Pyodide {VERSION} was expected, found {told}")


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


def needed(official: Mapping[str, Any], pure: Collection[str]) -> dict[str, list[str]]:
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


def pure() -> dict[str, str]:
    """Packages of the reader's lock that are Python alone, and the version of each."""
    files = [line.split("\t")[1] for line in (ROOT / lock.WHEELS).read_text("utf-8").splitlines()]
    alone = {
        canonicalize_name(file.split("-")[0]) for file in files if file.endswith("none-any.whl")
    }
    return {
        pin.name: pin.version for pin in lock.pins("reader") if pin.name in {*alone, _SOURCE_ALONE}
    }


def fetch(names: Collection[str], folder: Path) -> dict[str, Path]:
    """Wheels of packages that are Python alone, by pip, which holds each against the lock."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    anywhere = ["--platform=any", "--implementation=py", "--abi=none", "--python-version=3.12"]
    wheels = ["download", "--only-binary=:all:", *anywhere, "-d", str(folder)]
    source = ["wheel", "--no-build-isolation", "-w", str(folder)]
    text = (ROOT / LOCKS["reader"]).read_text("utf-8")
    pins: dict[str, str] = {
        canonicalize_name(entry.split("==")[0]): entry for entry in entries(text)
    }
    for how, chosen in (
        (wheels, [pins[name] for name in names if name != _SOURCE_ALONE]),
        (source, [pins[name] for name in names if name == _SOURCE_ALONE]),
    ):
        listed = folder / "listed.txt"
        listed.write_text("\n".join(chosen), "utf-8")
        pip = [sys.executable, "-m", "pip", "--quiet", *how, "--no-deps", "--require-hashes"]
        told = subprocess.run([*pip, "-r", str(listed)], capture_output=True, text=True)
        if told.returncode:
            raise Refused(f"pip: {told.stderr.strip().splitlines()[-1]}")
    return {canonicalize_name(path.name.split("-")[0]): path for path in folder.glob("*.whl")}


def gather(
    place: str, work: Path = SOURCES, instead: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """All files, by name, with a lock of their own, `pyodide-lock.json`.

    Parameters
    ----------
    place : str
        Where Pyodide's distribution is.
    work : Path
        A folder for what is fetched and compiled, kept between runs.
    instead : mapping of str to bytes, optional
        Archives that stand in for packages, for tests where these cannot be had.

    Raises
    ------
    Refused
        When a file is missing, or is not what a lock says.
    """
    work.mkdir(parents=True, exist_ok=True)
    source = Distribution(place)
    source.checked()
    files = core(work)
    official = json.loads(files["pyodide-lock.json"])
    listed: dict[str, Any] = {
        canonicalize_name(name): one for name, one in official["packages"].items()
    }
    versions = pure()
    depends = needed(listed, versions)
    wheels = fetch([name for name in depends if name in versions], work / "pure")
    packages: dict[str, dict[str, Any]] = {}
    archives: dict[str, bytes] = {}
    for name, needs in depends.items():
        is_pure = name in versions
        told = {} if is_pure else listed[name]
        file = wheels[name].name if is_pure else told["file_name"]
        if instead and name in instead:
            content = instead[name]
        elif is_pure:
            content = wheels[name].read_bytes()
        elif digest(content := source.read(file)) != told["sha256"]:
            raise Refused(f"FROM={place}: {file} has another SHA-256 than Pyodide's lock says")
        archives[file] = content
        packages[name] = {
            "name": name,
            "version": versions[name] if is_pure else told["version"],
            "file_name": file,
            "install_dir": "site" if is_pure else told["install_dir"],
            "depends": needs,
        }
    made = wasm_bytecode.compiled({**files, **archives}, work)
    del made["pyodide-lock.json"]
    made[f"{_LARGEST}.gz"] = gzip.compress(made.pop(_LARGEST), 9, mtime=0)
    for one in packages.values():
        content = made[one["file_name"]]
        one |= {
            "imports": wasm_bytecode.imports(content),
            "sha256": digest(content),
            "size": len(content),
        }
    size = sum(len(content) for name, content in made.items() if name not in archives)
    ours = {"info": {**official["info"], "core": size}, "packages": packages}
    return {**made, "pyodide-lock.json": json.dumps(ours, indent=1).encode()}


def put(files: Mapping[str, bytes], folder: Path = OUT) -> None:
    """Write all files, in place of those that were there."""
    new = folder.with_name(f".{folder.name}")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, content in files.items():
        (new / name).write_bytes(content)
    shutil.rmtree(folder, ignore_errors=True)
    new.replace(folder)


def main() -> None:
    """Gather from where the variable `FROM` says."""
    place = os.environ.get("FROM", "")
    try:
        if not place:
            raise Refused("say where Pyodide's distribution is: FROM=folder, archive or address")
        files = gather(place)
    except (Refused, FileNotFoundError) as error:
        sys.exit(f"make wasm: {error}")
    put(files)
    size = sum(map(len, files.values())) / 1e6
    print(
        f"{OUT.relative_to(ROOT)} has what runs in a browser: {size:.0f} MB in {len(files)} files"
    )


if __name__ == "__main__":
    main()
