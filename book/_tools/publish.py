"""The book as it is published: the newest at the top, and every released version beside it, in a folder of its own.

`make publish` lays this out in `_build/published`, from the pages in `_build/html` and from what
`make release` made of earlier versions: files `…-1.2.3-html.zip`, in the folder RELEASES. Where
there is more than one version, and it is known where the pages will be found, the theme's switcher lists
them; a build alone shows none, and asks for nothing.

sphinx-multiversion and sphinx-polyversion build every version again, with today's packages; here a
released version keeps the bytes that were released, but for the lines by which it knows of the others.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from extensions import address, disclosed, gathered

ROOT = Path(__file__).resolve().parents[2]
_ARCHIVE = re.compile(r".+-(?P<version>\d+\.\d+\.\d+)-html\.zip")
_PLACE = "<!-- versions -->"
_LIST = "_static/switcher.json"
_OWN = {gathered.LOCK, gathered.EMPTY, gathered.LICENCES}
"""What each version keeps of what runs in a browser."""
LATEST = "latest"


class PublishError(ValueError):
    """This cannot be laid out; the message says why."""


@dataclass(frozen=True, order=True)
class Release:
    """A released version and the archive of its pages."""

    number: tuple[int, ...]
    archive: Path

    @property
    def name(self) -> str:
        """The version, as in 1.2.3."""
        return ".".join(map(str, self.number))

    @property
    def folder(self) -> str:
        """Where its pages are, from the top of the site."""
        return f"v{self.name}"


def releases(folder: Path) -> list[Release]:
    """The released versions whose archives are in a folder, the newest first.

    Raises
    ------
    PublishError
        When a version is there twice.
    """
    found = [
        Release(tuple(map(int, match["version"].split("."))), path)
        for path in sorted(folder.rglob("*.zip"))
        if (match := _ARCHIVE.fullmatch(path.name))
    ]
    numbers = [release.number for release in found]
    for release in found:
        if numbers.count(release.number) > 1:
            raise PublishError(f"version {release.name} is in {folder} twice")
    return sorted(found, reverse=True)


def lay_out(pages: Path, older: list[Release], target: Path, where: str) -> None:
    """Write the site.

    Parameters
    ----------
    pages : Path
        The newest pages.
    older : list of Release
    target : Path
        A folder, which is written anew.
    where : str
        The address of the site; without one no version knows of the others.

    Raises
    ------
    PublishError
        When there are no pages, they are of a book on another cohort, or an archive is not what a
        release has.
    """
    if not (pages / "index.html").is_file():
        raise PublishError(f"{pages} has no index.html; run `make site` first")
    if disclosed.MARK in (pages / "index.html").read_text(encoding="utf-8"):
        raise PublishError(f"{pages} is a book on another cohort, which is not published")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(pages, target)
    for release in older:
        _unpack(release, target / release.folder)
    _share(target, [target / release.folder for release in older])
    if not older or not where:
        return
    listed = [{"name": LATEST, "version": LATEST, "url": where, "preferred": True}]
    listed += [
        {"name": one.name, "version": one.name, "url": f"{where}{one.folder}/"} for one in older
    ]
    folders = {LATEST: target, **{one.name: target / one.folder for one in older}}
    inside = {one.folder for one in older}
    for name, folder in folders.items():
        (folder / "_static").mkdir(exist_ok=True)
        (folder / _LIST).write_text(f"{json.dumps(listed, indent=1)}\n", encoding="utf-8")
        told = {"theme_switcher_json_url": _LIST, "theme_switcher_version_match": name}
        lines = f"<script>Object.assign(DOCUMENTATION_OPTIONS, {json.dumps(told)});</script>"
        if name != LATEST:
            lines += '\n<meta name="robots" content="noindex">'
        for page in folder.rglob("*.html"):
            if name == LATEST and page.relative_to(target).parts[0] in inside:
                continue
            text = page.read_text(encoding="utf-8")
            if _PLACE in text:
                page.write_text(text.replace(_PLACE, lines, 1), encoding="utf-8")


def _unpack(release: Release, target: Path) -> None:
    """The pages of a release, without the folder that its archive has around them."""
    with zipfile.ZipFile(release.archive) as archive:
        top = f"{release.archive.stem}/"
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if f"{top}index.html" not in names or not all(name.startswith(top) for name in names):
            raise PublishError(f"{release.archive} is no archive of pages that `make release` made")
        archive.extractall(target.parent)
    (target.parent / top).rename(target)


def _share(target: Path, older: list[Path]) -> None:
    """Keep once what several versions run in a browser: the later ones point to the first that has it.

    It is some 60 MB a version, and mostly the same.
    """
    first: dict[str, Path] = {}
    for folder in (target, *older):
        python = folder / gathered.PLACE
        if not (python / gathered.LOCK).is_file():
            continue
        told = json.loads((python / gathered.LOCK).read_text(encoding="utf-8"))
        named = {one["file_name"]: one for one in told["packages"].values()}
        for name, one in named.items():
            kept = first.setdefault(one["sha256"], python / name)
            if kept != python / name:
                (python / name).unlink()
                one["file_name"] = _from(python, kept)
        core = sorted(path for path in python.iterdir() if path.name not in {*named, *_OWN})
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in core)).hexdigest()
        kept = first.setdefault(digest, python)
        if kept != python:
            for path in core:
                path.unlink()
            told["info"]["core_folder"] = f"{_from(python, kept)}/"
        (python / gathered.LOCK).write_text(json.dumps(told), encoding="utf-8")


def _from(folder: Path, path: Path) -> str:
    """A path as an address in a folder has it."""
    return Path(os.path.relpath(path, folder)).as_posix()


def main(root: Path = ROOT) -> int:
    """Lay out the site of the book in a folder."""
    target = root / "_build" / "published"
    try:
        if cohort := os.environ.get("COHORT"):
            raise PublishError(f"COHORT={cohort}: a book on another cohort is not published")
        where = address.find()
        kept = os.environ.get("RELEASES", "")
        older = releases(Path(kept)) if kept else []
        lay_out(root / "_build" / "html", older, target, where)
    except ValueError as error:
        print(f"Not laid out: {error}.", file=sys.stderr)
        return 2
    print(f"In {target}: {', '.join([LATEST, *(one.name for one in older)])}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
