"""A line of letters over the glossary, each a link to the first of its terms.

Sphinx has such a line for its index alone.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from helpers import markup


class _Letters(SphinxPostTransform):
    default_priority = 700

    def run(self, **_: Any) -> None:
        if self.app.builder.name != "html":
            return
        for glossary in list(self.document.findall(addnodes.glossary)):
            first: dict[str, str] = {}
            for item in glossary.findall(nodes.definition_list_item):
                term = item.next_node(nodes.term)  # others of an item stand under its first
                first.setdefault(term.astext()[0].upper(), term["ids"][0])
            if len(first) < 2:
                continue
            line = nodes.paragraph(classes=["book-letters", markup.ONLY_ON_SCREEN])
            for letter, anchor in first.items():
                line += nodes.reference("", letter, refid=anchor, internal=True)
                line += nodes.Text(" ")
            glossary.parent.insert(glossary.parent.index(glossary), line)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(_Letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
