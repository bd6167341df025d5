"""The role `printed`: a printed number, quoted by the id of its entry."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from helpers import published


class Printed(SphinxRole):
    """`{printed}`os-36-scf`` becomes `40.1%`, with what it is as a hover text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            entry = published.load()[self.text.strip()]
        except KeyError as error:
            message = self.inliner.reporter.error(error.args[0], line=self.lineno)
            return [nodes.problematic(self.rawtext, self.rawtext)], [message]
        title = f"Printed: {entry.words}".replace('"', "&quot;")
        return [
            nodes.raw("", f'<span class="report-printed" title="{title}">', format="html"),
            nodes.Text(entry.text.replace("<", "< ")),
            nodes.raw("", "</span>", format="html"),
        ], []


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("printed", Printed())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
