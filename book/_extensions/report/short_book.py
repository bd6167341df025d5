"""The title of a short book on another study, and how its pages are executed.

The title is that of the study, from the file that the book is built on. Kernels have a profile of
their own: none of the reader's start-up files, and no messages of the kernel itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from helpers import published


def _title(_: Sphinx, config: Config) -> None:
    try:
        about = published.load(os.environ.get("PUBLISHED", "")).study
    except published.PublishedError as error:
        raise ConfigError(str(error)) from None
    config.html_title = config.project = about.title
    config.author = about.authors or about.name


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
