"""Reader notebooks: each chapter as one notebook that reads as its page does, in any Jupyter.

The pairs in `notebooks` are source: a Jupyter shows their roles and directives as they are typed. When a
page is written, its notebook is written too, with the outputs of the build, and with what the page shows
in place of every role. It goes into `_build/notebooks` and, as the page's downloads, beside the page.

Looked at: `jupyterlab-myst` and Colab's and VS Code's own Markdown know no role of a book's extensions,
and a plugin would have to be in every Jupyter; `sphinx-markdown-builder` writes pages without cells;
`jupytext` and `nbconvert` change formats and leave the words alone. nbgrader takes solutions out, from
cells marked one by one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

from .. import gates, menus
from . import cells, page, writer
from .words import ReaderError

FOLDER = "notebooks"
"""In `_build`, beside the pages."""
_ENDINGS = (".ipynb", ".py")


def _write(
    app: Sphinx, docname: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write a page's notebook, and let the page's menu offer it."""
    if doctree is None or app.builder.name != "html":
        return
    source = Path(app.env.doc2path(docname))
    if source.suffix != ".ipynb":
        return
    said = page.said(app, docname, doctree)
    try:
        notebook = writer.notebook(cells.executed(app, docname), said, _answers(source))
    except ReaderError as error:
        raise SphinxError(f"{docname}: {error}") from None
    folder = Path(app.outdir, "_downloads", docname)
    folder.mkdir(parents=True, exist_ok=True)
    texts = (writer.file(notebook), writer.script(notebook))
    for ending, text in zip(_ENDINGS, texts, strict=True):
        (folder / f"{source.stem}{ending}").write_text(text, encoding="utf-8", newline="\n")
    out = Path(app.outdir).parent / FOLDER / source.name
    out.parent.mkdir(exist_ok=True)
    out.write_text(texts[0], encoding="utf-8", newline="\n")
    addresses = [
        context["pathto"](f"_downloads/{docname}/{source.stem}{ending}", 1) for ending in _ENDINGS
    ]
    _offer(context, *addresses)


def _answers(source: Path) -> dict[str, list[str]]:
    return gates.answers(source.with_suffix(".md").read_text(encoding="utf-8"))


def _offer(context: dict[str, Any], notebook: str, script: str) -> None:
    """Put both into the theme's menu of downloads, in place of the source."""
    if menu := menus.menu(context, menus.DOWNLOADS):
        kept = [one for one in menu if one["label"] != "download-source-button"]
        menu[:] = [
            _link(notebook, "Notebook", "Download this chapter as a notebook", "notebook"),
            _link(script, "Python script", "Download this chapter as a Python script", "script"),
            *kept,
        ]


def _link(address: str, text: str, tooltip: str, name: str) -> dict[str, str]:
    return {
        "type": "link",
        "url": address,
        "text": text,
        "icon": "fas fa-file-code" if name == "script" else "fas fa-code",
        "tooltip": tooltip,
        "label": f"download-{name}-button",
    }


def setup(app: Sphinx) -> dict[str, Any]:
    # After `downloads` has emptied the folder of a page's files, and the theme has made its buttons.
    app.connect("html-page-context", _write, priority=810)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
