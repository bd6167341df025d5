"""What every page carries: the banner, and what figures say in words and numbers.

myst-nb gives an image the alternative text of its cell's metadata, which cannot follow the fitted
values, and wraps every output of a figure's cell in a figure of the same name. So `helpers.page`
puts text and numbers inside the one output, and they are taken to their places here.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.transforms.post_transforms import SphinxPostTransform

from helpers import cohort, markup, notice

_BANNER = f'class="{markup.BANNER}"'
_DRAWING = re.compile(
    f'<div class="{markup.DRAWING}"[^>]*><img class="{markup.FIGURE}"[^>]*></div>'
)


def _load_cohort(app: Sphinx, _: Config) -> None:
    """Load the cohort once, for the banner here and for `captions`."""
    try:
        app.book_cohort = cohort.load()  # type: ignore[attr-defined]
    except cohort.CohortError as error:
        raise ConfigError(str(error)) from None


def _banner(app: Sphinx, doctree: nodes.document) -> None:
    """Put the banner where the notebook shows it, or else under the title; on the cover under its words."""
    docname = app.env.docname
    shown = notice.of(app.book_cohort)  # type: ignore[attr-defined]
    words = nodes.paragraph("", "", nodes.strong("", shown.lead), nodes.Text(f" {shown.text} "))
    target = f"notebooks/{notice.HOW_IT_IS_MADE}"
    if target in app.env.found_docs and target != docname:
        words += link(docname, target, shown.link)
    banner = [
        nodes.raw("", f'<div class="{markup.BANNER}" role="note">', format="html"),
        words,
        nodes.raw("", "</div>", format="html"),
    ]
    for raw in list(doctree.findall(nodes.raw)):
        if _BANNER in raw.astext():
            _bundle(raw).replace_self(banner)
            return
    title = next(doctree.findall(nodes.title), None)
    if title is not None:
        at = title.parent.index(title) + 1
        while docname == app.config.root_doc and isinstance(title.parent[at], nodes.paragraph):
            at += 1
        title.parent[at:at] = banner


def link(docname: str, target: str, words: str | None = None) -> addnodes.pending_xref:
    """A link from one page to another, in words or else by the other's title."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", words or target),
        refdomain="std",
        reftype="doc",
        refexplicit=words is not None,
        refwarn=True,
        reftarget=f"/{target}",
        refdoc=docname,
    )


def _bundle(node: nodes.Node) -> nodes.Element:
    """The output that a node is one rendering of."""
    while node.get("nb_element") != "mime_bundle":
        node = node.parent
    return node


def _numbers(app: Sphinx, doctree: nodes.document) -> None:
    """Put the numbers and files of a figure under it, where the output has them in its HTML rendering."""
    for raw in list(doctree.findall(nodes.raw)):
        html = raw.astext()
        if 'download="figure.' not in html:
            continue
        bundle = _bundle(raw)
        figure = bundle.parent if isinstance(bundle.parent, nodes.figure) else bundle
        name = next(iter(figure["names"] or figure["ids"]), "figure")
        html = html.replace('download="figure.', f'download="{name}.')
        drawing = _DRAWING.match(html)
        if drawing is None:  # one that is HTML itself, with a slider
            raw.replace_self(nodes.raw("", html, format="html"))
            continue
        raw.parent.parent.remove(raw.parent)
        figure.parent.insert(
            figure.parent.index(figure) + 1, nodes.raw("", html[drawing.end() :], format="html")
        )


class AlternativeText(SphinxPostTransform):
    """Give each figure of a notebook the text that stands in its file, and on a page room to scroll."""

    default_priority = 600  # after myst-nb has chosen renderings and fetched those of other pages

    def run(self, **kwargs: Any) -> None:
        for image in list(self.document.findall(nodes.image)):
            path = Path(self.app.srcdir, image["uri"].lstrip("/"))
            if path.suffix == ".svg" and path.exists() and not image.get("alt"):
                _, root = next(ET.iterparse(path, events=("start",)))
                if not (text := root.get("aria-label")):
                    continue
                image["alt"] = text
                if self.app.builder.name == "html":
                    opened = markup.drawing_tag(root.attrib["viewBox"])
                    around = [opened, "</div>"]
                    before, after = (nodes.raw("", tag, format="html") for tag in around)
                    image.replace_self([before, image.deepcopy(), after])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _load_cohort, priority=100)
    app.connect("doctree-read", _banner)
    app.connect("doctree-read", _numbers)
    app.add_post_transform(AlternativeText)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
