"""Archives of a version with their checksums, in `_build/release`; `make release` calls it.

The same commit gives the same bytes: entries are sorted, and all are of the time of the commit. What
git has comes from the commit, what is built from `_build`. All is written beside the final place and
then moved there, so that a run which is killed leaves no half release.

`git archive` knows only what is in git; `report.archives` says why the archives are written here.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import checks
from extensions import archives, disclosed

ROOT = Path(__file__).resolve().parents[2]


class ReleaseError(ValueError):
    """This cannot be released; the message says why."""


@dataclass(frozen=True)
class Version:
    """What is released.

    Attributes
    ----------
    name : str
        Name of the project and its version, with which all files begin.
    changes : str
        What changed, as Markdown.
    epoch : int
        Time of the commit, in seconds since 1970.
    """

    name: str
    changes: str
    epoch: int


def releasable(root: Path = ROOT, tag: str = "") -> Version:
    """The version that is here, if it can be released.

    Parameters
    ----------
    root : Path
        Top of the repository.
    tag : str
        The tag that asks for the release, if one does.

    Raises
    ------
    ReleaseError
        When something is not committed, the version is not dated, the tag names another one, or the
        variable `COHORT` names another cohort than the one that the book comes with.
    """
    if cohort := os.environ.get("COHORT"):
        raise ReleaseError(f"COHORT={cohort}: a book on another cohort is not released")
    if changed := _git(root, "status", "--porcelain").decode().splitlines():
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ReleaseError(f"not committed: {changed[0][3:]}{more}; commit or remove it first")
    if faults := checks.versions(root):
        raise ReleaseError("; ".join(faults))
    newest = checks.newest(root)
    if newest.date is None:
        raise ReleaseError(
            f"CHANGELOG.md says that {newest.version} is unreleased; give it a date there and in "
            "CITATION.cff"
        )
    if tag and tag != f"v{newest.version}":
        raise ReleaseError(f"the tag is {tag}, but the version is {newest.version}")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    epoch = int(_git(root, "log", "-1", "--format=%ct"))
    return Version(f"{project['name']}-{newest.version}", newest.changes, epoch)


def write(root: Path = ROOT, tag: str = "") -> Path:
    """Write the release of a version whose book is built.

    Parameters
    ----------
    root, tag
        As `releasable` takes them.

    Returns
    -------
    Path
        The folder: the parts, `SHA256SUMS`, and one archive of all parts with their checksums.

    Raises
    ------
    ReleaseError
        When it is not releasable, or a part of the book is not built.
    """
    version = releasable(root, tag)
    parts = _parts(root, version)
    sums = _sums(parts)
    whole = {**parts, "SHA256SUMS": sums}
    deposit = f"{version.name}.zip"
    # The parts are compressed already.
    parts[deposit] = _archive(
        {
            f"{version.name}/{name}": archives.Entry(content, stored=True)
            for name, content in whole.items()
        },
        version,
    )
    parts["SHA256SUMS"] = _sums(parts)
    target, new, old = (root / "_build" / name for name in ("release", ".release", ".release-old"))
    for left in (new, old):
        shutil.rmtree(left, ignore_errors=True)
    new.mkdir()
    for name, content in parts.items():
        (new / name).write_bytes(content)
    if target.exists():
        target.replace(old)
    new.replace(target)
    shutil.rmtree(old, ignore_errors=True)
    return target


def _archive(files: Mapping[str, archives.Entry], version: Version) -> bytes:
    """A ZIP of files, sorted, of the time of the commit."""
    return archives.packed(dict(sorted(files.items())), datetime.fromtimestamp(version.epoch, UTC))


def _parts(root: Path, version: Version) -> dict[str, bytes]:
    """The files of a release, without checksums."""
    built, committed = root / "_build", _committed(root)
    html = {
        path.relative_to(built / "html").as_posix(): archives.Entry(path.read_bytes())
        for path in (built / "html").rglob("*")
        if path.is_file()
    }
    if "index.html" not in html:
        raise ReleaseError("_build/html has no index.html; run `make release`, which builds it")
    if disclosed.MARK.encode() in html["index.html"].content:
        raise ReleaseError("_build/html is a book on another cohort, which is not released")
    trees = {
        "html": html,
        "data": _under(committed, "data/"),
        "notebooks": _notebooks(built / "notebooks", _under(committed, "notebooks/")),
        "source": committed,
    }
    name = version.name
    return {
        **{
            f"{name}-{kind}.zip": _archive(
                {f"{name}-{kind}/{path}": entry for path, entry in tree.items()}, version
            )
            for kind, tree in trees.items()
        },
        f"{name}.pdf": _only(built, "pdf").read_bytes(),
        f"{name}.epub": _only(built, "epub").read_bytes(),
        **{kept: committed[kept].content for kept in ("CITATION.cff", "LICENSE")},
        "CHANGES.md": f"{version.changes}\n".encode(),
    }


def _notebooks(folder: Path, chapters: Mapping[str, object]) -> dict[str, archives.Entry]:
    """The notebooks that readers get, of the chapters of the commit."""
    names = [name for name in chapters if name.endswith(".ipynb")]
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise ReleaseError(
            f"_build/notebooks has no {missing[0]}; run `make release`, which builds it"
        )
    return {name: archives.Entry((folder / name).read_bytes()) for name in names}


def _only(built: Path, kind: str) -> Path:
    """The one file of a kind that is built."""
    found = sorted((built / kind).glob(f"*.{kind}"))
    if len(found) != 1:
        raise ReleaseError(
            f"_build/{kind} has {len(found) or 'no'} .{kind} {'files' if found else 'file'}, not one; "
            "run `make release`, which builds it"
        )
    return found[0]


def _committed(root: Path) -> dict[str, archives.Entry]:
    """All files of the commit."""
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", "HEAD"))) as file:
        members = [member for member in file if member.isfile()]
        contents = [file.extractfile(member) for member in members]
        return {
            member.name: archives.Entry(content.read(), bool(member.mode & 0o100))
            for member, content in zip(members, contents, strict=True)
            if content is not None
        }


def _under(files: Mapping[str, archives.Entry], folder: str) -> dict[str, archives.Entry]:
    """The files of a folder, named from there."""
    return {
        name.removeprefix(folder): entry for name, entry in files.items() if name.startswith(folder)
    }


def _sums(files: Mapping[str, bytes]) -> bytes:
    """Checksums, as `sha256sum --check` reads them."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise ReleaseError("git is needed for a release, and was not found") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ReleaseError(f"git {arguments[0]}: {said[-1] if said else 'failed'}")
    return done.stdout


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the release, or with `--check` say only whether it could be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--tag", default="", help="the tag that asks for it, such as v1.2.3")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.check:
            releasable(root, chosen.tag)
            return 0
        folder = write(root, chosen.tag)
    except ReleaseError as error:
        print(f"Not released: {error}.", file=sys.stderr)
        return 2
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>12,}  {path.relative_to(root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
