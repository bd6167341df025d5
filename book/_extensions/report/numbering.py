"""Numbers of chapters, and of tables that code writes.

Sphinx numbers the chapters of a part whose entry in `_toc.yml` says `numbered: 1`, and in them figures
and exercises: `env.toc_secnumbers[page][""]` is `(6,)`, `env.toc_fignumbers[page]["figure"]["fig-os-site"]`
is `(6, 2)`. It knows tables that are written as Markdown; those of a notebook are HTML. Here such a table
with a caption becomes a node that Sphinx numbers too, under `["table"]["tab-..."]`. Its address is made
from its caption, unless the cell says another, by which prose can refer to it with `{numref}`:
`mystnb: {table: {name: tab-os-product}}`.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from helpers import markup

_CAPTION = re.compile(r"<caption>(?P<words>.*?)</caption>", re.DOTALL)
_SCROLL = re.compile(rf'<div class="{markup.SCROLL}"(?: role="region" aria-label="[^"]*")?')


class captioned_table(nodes.General, nodes.Element):
    """A table of a notebook, around its output."""


def chapter(env: BuildEnvironment, docname: str) -> str:
    """The number of a chapter, `6`; empty for a page that has none."""
    return ".".join(map(str, env.toc_secnumbers.get(docname, {}).get("") or ()))


def titled(env: BuildEnvironment, docname: str, title: str) -> str:
    """A title of a page after its number, `5. Overall survival`."""
    number = chapter(env, docname)
    return f"{number}. {title}" if number else title


class Tables(SphinxTransform):
    """Put each table that has a caption into a node with an address."""

    default_priority = 800  # before Sphinx collects labels

    def apply(self, **kwargs: Any) -> None:
        for raw in list(self.document.findall(nodes.raw)):
            words = _words(raw.astext())
            if words is None:
                continue
            output = _output(raw)
            title = unescape(words)
            table = captioned_table("", title=title)
            output.replace_self(table)
            table += output
            if name := _named(output):
                table["names"] = [name]
                self.document.note_explicit_target(table)
            else:
                table["ids"] = [self._address(title)]
                self.document.ids[table["ids"][0]] = table

    def _address(self, title: str) -> str:
        """An address from words, with a number where the page has it already."""
        first = address = nodes.make_id(f"tab-{title}")
        number = 1
        while address in self.document.ids:
            number += 1
            address = f"{first}-{number}"
        return address


def _words(html: str) -> str | None:
    """The caption of a table of the package, as HTML."""
    found = _CAPTION.search(html)
    return found["words"] if found and markup.TABLE in html else None


def _output(raw: nodes.raw) -> nodes.Element:
    """The output that a rendering belongs to: all its renderings, where there are several."""
    node: nodes.Element = raw
    while node.parent is not None and node.get("nb_element") != "mime_bundle":
        node = node.parent
    return node if node.get("nb_element") == "mime_bundle" else raw


def _named(node: nodes.Element) -> str:
    """The address that a cell gives its table."""
    while node.parent is not None:
        node = node.parent
        if node.get("nb_element") == "cell_code":
            own = node.get("cell_metadata", {}).get("mystnb", {}).get("table", {})
            return str(own.get("name", ""))
    return ""


def _visit(self: Any, node: nodes.Element) -> None:
    """Write the number before the caption, and the address on the table."""
    (address,) = node["ids"][:1]
    number = self.builder.fignumbers.get("table", {}).get(address)
    told = self.config.numfig_format["table"] % ".".join(map(str, number or ()))
    link = ""
    if self.config.html_permalinks and self.builder.add_permalinks:
        icon = self.config.html_permalinks_icon
        link = f'<a class="headerlink" href="#{address}" title="Link to this table">{icon}</a>'
    for raw in node.findall(nodes.raw):
        html = raw.astext()
        if (words := _words(html)) is not None:
            begins = f'<div id="{address}" class="{markup.SCROLL}" role="region" aria-label="{told}: {words}"'
            caption = f'<caption><span class="caption-number">{told} </span>{words}{link}</caption>'
            html = _CAPTION.sub(lambda _: caption, html, count=1)  # noqa: B023
            raw.children = [nodes.Text(_SCROLL.sub(lambda _: begins, html, count=1))]  # noqa: B023


def _depart(self: Any, node: nodes.Element) -> None:
    pass


class Solutions(SphinxPostTransform):
    """The title of a solution opens it: words, where sphinx-exercise puts a link that leads away."""

    default_priority = 23  # after sphinx-exercise has made the titles

    def run(self, **kwargs: Any) -> None:
        for title in self.document.findall(nodes.title):
            if type(title.parent).__name__ == "solution_node":
                for link in list(title.findall(nodes.reference)):
                    link.replace_self(link.children)


class Links(SphinxPostTransform):
    """In a table or a list, a link that has no words of its own names a chapter with its number."""

    default_priority = 4  # before MyST puts the title in

    def run(self, **kwargs: Any) -> None:
        for link in self.document.findall(addnodes.pending_xref):
            docname = link.get("reftarget", "")
            if (
                link.get("refdomain") == "doc"
                and not link["refexplicit"]
                and not link["reftargetid"]
                and chapter(self.env, docname)
                and _is_listed(link)
            ):
                title = titled(self.env, docname, self.env.titles[docname].astext())
                link["refexplicit"] = True
                link[0].children = [nodes.Text(title)]


def _is_listed(node: nodes.Node) -> bool:
    while node is not None:
        if isinstance(node, nodes.entry | nodes.term):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_enumerable_node(
        captioned_table,
        "table",
        lambda node: node["title"],
        html=(_visit, _depart),
    )
    app.add_transform(Tables)
    app.add_post_transform(Solutions)
    app.add_post_transform(Links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
