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
import json
import os
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import lock
import wasm_bytecode
from extensions import gathered
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from wasm_sources import SOURCE_ALONE, VERSION, Distribution, Refused, core, digest, fetch

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "_build/wasm"
SOURCES = ROOT / "_build/wasm-sources"
_LARGEST = "pyodide.asm.wasm"
"""Which is shipped compressed; wheels are so already."""
IMPORTED = (
    "firthmodels",
    "greenwood",
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
        "prompt-toolkit",
        "sqlite3",
    ]
)
"""What these name and no chapter imports."""
_BROWSER = {
    "python_version": "3.12",
    "python_full_version": "3.12.7",
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "extra": "",
}


def needed(official: Mapping[str, Any], pure: Mapping[str, str]) -> dict[str, list[str]]:
    """What has to be there, by name, and what each needs: by the lock for what is compiled, else by metadata.

    Parameters
    ----------
    official : mapping
        The packages of Pyodide's lock.
    pure : mapping of str to str
        Versions of those that are Python alone, which our lock has.

    Raises
    ------
    Refused
        When something is in neither, or in a version that does not fit.
    """
    found: dict[str, list[str]] = {}
    waiting = list(IMPORTED)
    while waiting:
        name = waiting.pop()
        if name in found or name in LEFT_OUT:
            continue
        if name in pure:
            wanted = [
                one
                for one in map(Requirement, metadata.requires(name) or [])
                if one.marker is None or one.marker.evaluate(_BROWSER)
            ]
            for one in wanted:
                other = canonicalize_name(one.name)
                version = pure.get(other) or official.get(other, {}).get("version")
                if version and other not in LEFT_OUT and version not in one.specifier:
                    raise Refused(f"{name} needs {one}, and there is {other} {version}")
            found[name] = [canonicalize_name(one.name) for one in wanted]
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
        pin.name: pin.version for pin in lock.pins("reader") if pin.name in {*alone, SOURCE_ALONE}
    }


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
    # Servers of files know what `.js` is; some send `.mjs` as what no browser runs.
    made["pyodide.js"] = made.pop("pyodide.mjs")
    made[f"{_LARGEST}.gz"] = gzip.compress(made.pop(_LARGEST), 9, mtime=0)
    for one in packages.values():
        content = made[one["file_name"]]
        one |= {
            "imports": wasm_bytecode.imports(content),
            "sha256": digest(content),
            "size": len(content),
        }
    size = sum(len(content) for name, content in made.items() if name not in archives)
    made_of = {"made_of": gathered.made_of(ROOT), "from": place}
    info = {**official["info"], "core": size, "core_folder": "./", **made_of}
    ours = {"info": info, "packages": packages}
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
    """Gather from where the variable `FROM` says, or again from where it said, if anything has changed."""
    place = os.environ.get("FROM", "")
    if not place and gathered.is_fresh(ROOT):
        print(f"{OUT.relative_to(ROOT)} is as it would be made now.")
        return
    place = place or gathered.told(ROOT).get("from", "")
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
