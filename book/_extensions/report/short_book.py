"""The titles of a short book on another study, and how its pages are executed.

The title is that of the study, from the file that the book is built on. The study's authors have not
made the book, and are named in its citation alone. Kernels have a profile of their own: none of the
reader's start-up files, and no messages of the kernel itself.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from helpers import __version__, published
from helpers.published import Study

from . import about
from .front import Front


def front_of(study: Study) -> Front:
    """The title page of a study's short book."""
    from helpers import shortbook  # which brings the search and the ensemble

    maker, doi = about.book(), study.study.doi
    return Front(
        about=replace(
            maker,
            title=study.study.title,
            subtitle="What its printed numbers force, and what they leave open",
            author=f"Made by the programs of “{maker.title}”",
            version=__version__,
            subjects=(),
        ),
        notice=shortbook.notice_of(study),
        citation=f"The study: {shortbook.reference(study)}{f' doi:{doi}' if doi else ''}",
        name=study.study.name,
    )


def _title(app: Sphinx, config: Config) -> None:
    try:
        study = published.load(os.environ.get("PUBLISHED", ""))
    except published.PublishedError as error:
        raise ConfigError(str(error)) from None
    own = front_of(study)
    app.book_front = own  # type: ignore[attr-defined]
    config.html_title = config.project = own.about.title
    config.author = own.about.author


def _profile(app: Sphinx, _: Config) -> None:
    folder = Path(app.outdir).parent / "ipython"
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(
        "c = get_config()\nc.IPKernelApp.log_level = 40\n", encoding="utf-8"
    )
    os.environ["IPYTHONDIR"] = str(folder)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _title, priority=100)
    app.connect("config-inited", _profile)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
