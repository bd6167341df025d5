"""Tabs of two languages: cells tagged `in-python`, and after them one tagged `in-r`.

A directive cannot hold a cell of a notebook, since Jupyter ends it where the cell begins. So the cells
stand one after the other, as Jupyter shows them and as they are printed, and are put into the tabs of
sphinx-design here. These are radio buttons: the arrow keys turn them, and they need no script.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx_design.shared import create_component

_LOGGER = logging.getLogger(__name__)
_PYTHON, _R = "tag_in-python", "tag_in-r"


def _tabs(app: Sphinx, doctree: nodes.document) -> None:
    for last in [node for node in doctree.findall(nodes.container) if _R in node["classes"]]:
        parent = last.parent
        end = start = parent.index(last)
        while start and _is_python(parent[start - 1]):
            start -= 1
        if start == end:
            _LOGGER.warning("a cell tagged in-r follows one tagged in-python", location=last)
            continue
        cells = parent[start : end + 1]
        parent[start : end + 1] = [
            create_component(
                "tab-set",
                ["sd-tab-set"],
                children=[_item("Python", cells[:-1]), _item("R", cells[-1:])],
            )
        ]


def _is_python(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and _PYTHON in node["classes"]


def _item(language: str, cells: list[nodes.Node]) -> nodes.container:
    """One tab; whoever turns one turns all of the page."""
    label = nodes.rubric("", "", nodes.Text(language), classes=["sd-tab-label"])
    label["sync_group"], label["sync_id"] = "language", language
    content = create_component("tab-content", ["sd-tab-content"], children=cells)
    return create_component("tab-item", ["sd-tab-item"], children=[label, content])


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("sphinx_design")
    app.connect("doctree-read", _tabs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
