"""The role `printed`: a printed number, quoted by the id of its entry in `data/published.yaml`."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from helpers import published

_LOGGER = logging.getLogger(__name__)


class Printed(SphinxRole):
    """`{printed}`os-36-scf`` becomes `40.1%`; resting the pointer on it tells what it counts."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        id = self.text.strip()
        entry = published.load().entries.get(id)
        if entry is None:
            _LOGGER.warning("no printed number has the id %r", id, location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        words = f"Printed: {entry.words}"
        return [nodes.abbreviation(id, entry.text, explanation=words, classes=["printed"])], []


def _check(app: Sphinx, config: Config) -> None:
    try:
        published.load()
    except published.PublishedError as error:
        raise ConfigError(str(error)) from None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _check)
    app.add_role("printed", Printed())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
