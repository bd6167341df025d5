"""Live code: Thebe, served from the book, loaded when the reader presses the button and not before.

sphinx-thebe, which Jupyter Book brings along, names a CDN on every page, and the fork of it that ships
Thebe's built files puts its own scripts and 13 MB of Pyodide parts into every page and book. So the
first is put to rest here, and of the second only the files that a page can load are taken.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.osutil import copyfile

from . import gates, in_browser

_LOGGER = logging.getLogger(__name__)
_PACKAGE = "teachbooks-sphinx-thebe"
_VERSION = "0.9.0-rc.12"
"""Of Thebe: the release whose sources are those of the package's source map."""
_DIGEST = "2efeb764b884440e5079f6069d31bef2e7048cba9db443cc856a6dc84f33b252"
"""SHA-256 of the `index.js` of that release, so that another one cannot go by its name."""
_LICENCE = Path(__file__).with_name("thebe-licence.txt")
_BUILDERS = ("html", "dirhtml")
"""Whose pages are read in a browser, with room for a button."""
_HOSTS = {"github.com": "github", "gitlab.com": "gitlab"}


def _silence(app: Sphinx, _: Config) -> None:
    """Undo what sphinx-thebe has set up: its listeners, and its style sheet on every page."""
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    kept = [(name, options) for name, options in app.registry.css_files if "thebe" not in name]
    app.registry.css_files[:] = kept


def _offer(
    app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page that has code the script of the button, and what the script has to know.

    That is where Binder is, and the empty cells that stand under exercises once code is live.
    """
    if app.builder.name not in _BUILDERS or not doctree:
        return
    if not any("cell_input" in node["classes"] for node in doctree.findall(nodes.container)):
        return
    app.add_css_file("live.css")
    source = Path(app.env.doc2path(pagename)).with_suffix(".md")
    told = {
        "binder": binder(app.config.html_theme_options),
        "browser": in_browser.offer(app, pagename),
        "answers": gates.answers(source.read_text("utf-8")) if source.exists() else {},
    }
    body = json.dumps(told, sort_keys=True).replace("<", "\\u003c")
    app.add_js_file(None, body=body, type="application/json", id="live-config")
    app.add_js_file("live.js", loading_method="defer")


def binder(options: dict[str, Any]) -> dict[str, str]:
    """What Thebe has to know to start a session on Binder; empty for a book without a repository."""
    address = str(options.get("repository_url") or "").removesuffix("/").removesuffix(".git")
    found = re.fullmatch(r"https?://([^/]+)/(.+)", address)
    if not found:
        return {}
    buttons = options.get("launch_buttons") or {}
    provider = _HOSTS.get(found[1], "git")
    return {
        "binderUrl": buttons.get("binderhub_url") or "https://mybinder.org",
        "repoProvider": provider,
        "repo": address if provider == "git" else found[2],
        "ref": options.get("repository_branch") or "HEAD",
    }


def _ship(app: Sphinx, exception: Exception | None) -> None:
    """Put Thebe's files beside the others of the book, with a note of what they are."""
    if exception is not None or app.builder.name not in _BUILDERS:
        return
    spec = find_spec(_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ExtensionError(f"live code needs the package {_PACKAGE}, which is not installed")
    source = Path(spec.origin).parent / "_thebe_static"
    digest = hashlib.sha256((source / "index.js").read_bytes()).hexdigest()
    if digest != _DIGEST:
        _LOGGER.warning("%s ships another Thebe than %s; see live.py", _PACKAGE, _VERSION)
    target = Path(app.outdir, "_static", "thebe")
    target.mkdir(parents=True, exist_ok=True)
    for path in [source / "thebe.css", *sorted(source.glob("*index.js"))]:
        copyfile(path, target / path.name)
    note = (
        f"Thebe {_VERSION}, as built into {_PACKAGE} {importlib.metadata.version(_PACKAGE)} (MIT).\n"
        f"SHA-256 of index.js: {digest}\n"
        "Bundled in it: JupyterLab and ipywidgets (BSD 3-Clause), CodeMirror 5 (MIT).\n\n"
    )
    (target / "LICENCE.txt").write_text(note + _LICENCE.read_text("utf-8"), "utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _silence)
    app.connect("html-page-context", _offer)
    app.connect("build-finished", _ship)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
