"""Where `make wasm` has its files from: Pyodide's npm package, its distribution, and the package index."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from environment import LOCKS, entries
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.27.7"
"""Of Pyodide."""
_CORE = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
"""SHA-256 of its npm package."""
CORE = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
SOURCE_ALONE = "autograd-gamma"
"""Of which there is no wheel; see CONTRIBUTING.md."""


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
        (wheels, [pins[name] for name in names if name != SOURCE_ALONE]),
        (source, [pins[name] for name in names if name == SOURCE_ALONE]),
    ):
        listed = folder / "listed.txt"
        listed.write_text("\n".join(chosen), "utf-8")
        pip = [sys.executable, "-m", "pip", "--quiet", *how, "--no-deps", "--require-hashes"]
        told = subprocess.run([*pip, "-r", str(listed)], capture_output=True, text=True)
        if told.returncode:
            raise Refused(f"pip: {told.stderr.strip().splitlines()[-1]}")
    return {canonicalize_name(path.name.split("-")[0]): path for path in folder.glob("*.whl")}
