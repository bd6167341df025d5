"""The cells of a chapter as the build executed them, and what of them a reader needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode
from sphinx.application import Sphinx

from helpers import tables

from ..freshness import marked
from .stills import still

_KEPT = "application/papermill.record/"
_CAPTION = re.compile(r"<caption>(?P<words>.*?)</caption>", re.DOTALL)
_TITLE = "# @title "
"""How Colab is told what to show of a cell whose code it folds; elsewhere a comment."""


def executed(app: Sphinx, docname: str) -> NotebookNode:
    """The notebook of a page with the outputs of this build."""
    path = Path(app.env.doc2path(docname))
    notebook = nbformat.read(path, as_version=4)
    state = app.env.book_states[docname].own  # type: ignore[attr-defined]
    cache = get_cache(app.config.nb_execution_cache_path)
    _, merged = cache.merge_match_into_notebook(marked(notebook, state))
    return merged


def quoted(notebook: NotebookNode) -> dict[str, str]:
    """What the cells kept for prose to quote, by name."""
    return {
        output.metadata["scrapbook"]["name"]: output.data[f"{_KEPT}text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "scrapbook" in output.get("metadata", {})
    }


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def shown(outputs: list[NotebookNode], numbers: Mapping[str, str]) -> list[NotebookNode]:
    """Outputs that can be seen, not what was kept for prose; tables with their numbers, by caption."""
    seen = [one for one in outputs if "scrapbook" not in one.get("metadata", {})]
    return [_numbered(one, numbers) for one in seen]


def _numbered(output: NotebookNode, numbers: Mapping[str, str]) -> NotebookNode:
    html = output.get("data", {}).get("text/html")
    if html is None:
        return output

    def caption(found: re.Match[str]) -> str:
        return tables.captioned(unescape(found["words"]), numbers)

    data = {**output.data, "text/html": _CAPTION.sub(caption, "".join(html))}
    return nbformat.from_dict({**output, "data": data})


def code(source: str, *, outputs: Sequence[NotebookNode] = (), **metadata: Any) -> NotebookNode:
    """A cell of code, its outputs without marks of the time at which it ran."""
    cell = nbformat.v4.new_code_cell(source, metadata=metadata)
    cell.outputs = [nbformat.from_dict(dict(one)) for one in outputs]
    for one in cell.outputs:
        if "text/html" in one.get("data", {}):
            one.data = {**one.data, "text/html": still("".join(one.data["text/html"]))}
    return cell


def folded(
    source: str,
    title: str,
    *,
    outputs: Sequence[NotebookNode] = (),
    **metadata: Any,
) -> NotebookNode:
    """A cell whose code is folded in JupyterLab and in Colab."""
    hidden = {"jupyter": {"source_hidden": True}, "cellView": "form"}
    return code(f"{_TITLE}{title}\n{source}", outputs=outputs, **hidden, **metadata)
