"""`make links` asks doi.org whether it knows a DOI, and does not go on to the publisher.

Publishers turn away whatever is no browser, so a DOI that is right would be called broken every week.
doi.org itself answers at `/api/handles/`, with 404 for a DOI that it does not know. Sphinx's own
`linkcheck_allowed_redirects` only says which redirects are silent; it follows them all the same.
"""

from __future__ import annotations

from typing import Any

_DOI = "https://doi.org/"


def asked(uri: str) -> str | None:
    """The address to ask in place of this one, if it is another."""
    if uri.startswith(_DOI) and not uri.startswith(f"{_DOI}api/"):
        return f"{_DOI}api/handles/{uri.removeprefix(_DOI)}"
    return None


def setup(app: Any) -> dict[str, Any]:
    app.connect("linkcheck-process-uri", lambda app, uri: asked(uri))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
