"""What the theme and the extensions leave for a screen reader to stumble over, mended.

Each part says what axe-core found. Nothing here changes what a page looks like.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.application import Sphinx


def _open_citation(self: Any, node: nodes.Element) -> None:
    """A work in the list of references: its role was deprecated, and its list held links too."""
    self.body.append(self.starttag(node, "div", CLASS="citation"))


def _close_citation(self: Any, _: nodes.Element) -> None:
    self.body.append("</div>\n")


def _open_fold(self: Any, node: nodes.Element) -> None:
    """A folded cell: it had a name other than the words on it."""
    visit_HideCellInput(self, node)
    at = max(i for i, part in enumerate(self.body) if part.startswith("<summary"))
    self.body[at] = "<summary>\n"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(nodes.citation, override=True, html=(_open_citation, _close_citation))
    app.add_node(HideCodeCellNode, override=True, html=(_open_fold, depart_HideCellInput))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
