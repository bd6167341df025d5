"""Where a page comes from: at its foot the commit, the data, the versions and the time to execute.

Sphinx's `last_updated` is a date alone, and myst-nb's `nb-exec-table` tells when a notebook was run,
which differs from build to build. Here the same commit gives the same words: with
`SOURCE_DATE_EPOCH` set, the times to execute are those that `make measure` wrote down.
"""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from helpers import disclosure, published

from .dependencies import digest
from .repository import git

LIBRARIES = ("lifelines", "statsmodels", "scipy", "pandas", "numpy", "matplotlib")
_SINCE = ", with edits since"
_READ = ("_config.yml", "_toc.yml", "requirements.txt", "book", "data", "notebooks", "src")
"""What a build reads: another file beside it, such as a log, changes no page."""
_FOOT = '<div class="provenance">'
MEASURED = "book/measured.json"


@dataclass(frozen=True)
class Origin:
    """What all pages of a build have in common.

    Attributes
    ----------
    commit, date : str
        Of the checkout; empty outside of one.
    edited : bool
        Whether files of the commit, or files that the build reads, differ from it.
    data, lock : str
        Digests of the data and of the lock file.
    versions : dict of str
        Of Python, of the helpers and of the libraries.
    """

    commit: str
    date: str
    edited: bool
    data: str
    lock: str
    versions: dict[str, str]

    @property
    def since(self) -> str:
        """What follows the date of the commit."""
        return _SINCE if self.edited else ""


def origin(folder: Path) -> Origin:
    """The origin of a book in a folder."""
    sources = [published.DATA]
    # By a digest whoever knows all patients but one could try who she is.
    if (cohort := os.environ.get("COHORT")) and not disclosure.only_aggregates():
        sources.append(Path(cohort).resolve())
    return Origin(
        commit=git(folder, "rev-parse", "HEAD"),
        date=git(folder, "show", "-s", "--format=%cs", "HEAD"),
        edited=bool(
            git(folder, "status", "--porcelain", "--untracked-files=no")
            or git(folder, "ls-files", "--others", "--exclude-standard", "--", *_READ)
        ),
        data=digest(*sources),
        lock=digest(folder / "requirements.txt"),
        versions={
            "Python": platform.python_version(),
            "helpers": version("oligometastatic-cervix-report"),
            **{name: version(name) for name in LIBRARIES},
        },
    )


def measured(folder: Path, file: str = MEASURED) -> dict[str, Any]:
    """What `make measure` or `make bench` wrote down; empty where it has not run."""
    path = folder / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def seconds(env: BuildEnvironment, docname: str) -> float | None:
    """How long a page's notebook took to run: now, or as measured where a build must be repeatable."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        page = measured(Path(env.srcdir)).get("pages", {}).get(docname, {})
        return page.get("seconds_to_execute")
    ran = NbMetadataCollector.get_doc_data(env).get(docname, {}).get("exec_data")
    return None if ran is None else ran["runtime"]


def _look_up(app: Sphinx, config: Config) -> None:
    """Find the origin; where commit, data or lock have changed, all pages are written again."""
    found = origin(Path(app.srcdir))
    config.book_origin = (found.commit, found.date, found.data, found.lock)
    config.book_versions = tuple(found.versions.items())
    app.book_origin = found  # type: ignore[attr-defined]


def _foot(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    context["book_origin"] = app.book_origin  # type: ignore[attr-defined]
    context["book_repository"] = getattr(app, "book_repository", None)
    context["book_seconds"] = seconds(app.env, pagename) if doctree is not None else None


def _follow_edits(app: Sphinx, exception: Exception | None) -> None:
    """Say of pages that were not written too whether files differ from the commit.

    It is the one thing at their foot that the first edit after a commit changes.
    """
    found = app.book_origin  # type: ignore[attr-defined]
    if exception is not None or app.builder.name != "html" or not found.commit:
        return
    told = re.compile(rf"(?<= of {re.escape(found.date)})(?:{re.escape(_SINCE)})?(?=\.)")
    for docname in app.env.found_docs:
        path = Path(app.builder.get_outfilename(docname))  # type: ignore[attr-defined]
        text = path.read_text(encoding="utf-8")
        page, mark, foot = text.partition(_FOOT)
        new = page + mark + told.sub(found.since, foot, count=1)
        if new != text:
            path.write_text(new, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    for name in ("book_origin", "book_versions"):
        app.add_config_value(name, (), "html", tuple)
    app.connect("config-inited", _look_up, priority=160)
    app.connect("html-page-context", _foot)
    app.connect("build-finished", _follow_edits)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
