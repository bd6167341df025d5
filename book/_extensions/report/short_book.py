"""The title of a short book on another study: that of the study, from the file that it is built on."""

from __future__ import annotations

import os
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


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _title, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
