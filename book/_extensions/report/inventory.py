"""What pages can know of each other: titles, addresses, numbers, terms, works, kept outputs.

A page that was not read again has to be written again only where something of this has changed. It is
what Sphinx and its extensions keep in their environment, less what no other page is told, together with
the outputs that notebooks keep for other pages. What is not known here counts as a change.

Sphinx itself writes again what it has read, and where numbers of sections and figures moved; it does not
know who links to whom.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment

_OF_THE_BUILD = {
    "app",
    "config",
    "config_status",
    "domains",
    "events",
    "project",
    "settings",
    "srcdir",
    "doctreedir",
}
"""What is the same for all pages of a build; where a setting changes, Sphinx writes all pages."""
_OF_A_PAGE = {
    "_pickled_doctree_cache",
    "_write_doc_doctree_cache",
    "all_docs",  # when each was read
    "book_states",
    "dependencies",
    "nb_new_exec_data",
    "ref_context",
    "sphinx_exercise_gated_registry",  # the lines of gates
    "temp_data",
}
"""What concerns the reading of a page."""
_PLACES = {"line", "lineno", "made_with", "rawsource", "source", "source_map", "wordcount"}
"""Where something stands in a file, what it was made with, and how many words a page has."""
_SLUGS = "myst_slugs"
"""Addresses of headings: of each its line, its name and its title."""
_CITED = "citation_refs"
"""Who cites what, in the order in which pages were read."""


def digest(env: BuildEnvironment) -> str:
    """A digest of what pages can know of each other."""
    known: dict[str, Any] = {
        key: value
        for key, value in vars(env).items()
        if key not in _OF_THE_BUILD and key not in _OF_A_PAGE
    }
    known["outputs"] = {path.name: path.read_bytes() for path in _kept(env)}
    return hashlib.sha256(_plain(known).encode()).hexdigest()


def _kept(env: BuildEnvironment) -> list[Path]:
    """The files in which myst-nb keeps what notebooks glue."""
    folder = Path(env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    return sorted(folder.rglob("*.glue.json"))


def _plain(value: Any) -> str:
    """A value as text: the same for equal values, in whatever order they were put together."""
    return "\0".join(_told(value, set()))


def _told(value: Any, above: set[int]) -> Iterator[str]:
    if value is None or isinstance(value, str | bytes | int | float | complex | type):
        yield repr(value)
        return
    if id(value) in above:
        yield "…"
        return
    above = above | {id(value)}
    yield type(value).__qualname__
    yield from _inside(value, above)


def _inside(value: Any, above: set[int]) -> Iterator[str]:
    if isinstance(value, nodes.Node):
        yield value.pformat()
    elif isinstance(value, dict):
        named = {repr(key): item for key, item in value.items() if key not in _PLACES}
        items = sorted(named.items(), key=lambda each: each[0])
        for key, item in items:
            yield key
            if key == repr(_SLUGS):
                item = {slug: heading[1:] for slug, heading in item.items()}
            if key == repr(_CITED):
                item = sorted(_plain(citation) for citation in item)
            yield from _told(item, above)
    elif isinstance(value, set | frozenset):
        yield from sorted(_plain(item) for item in value)
    elif hasattr(value, "_asdict"):
        yield from _told(value._asdict(), above)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _told(item, above)
    elif hasattr(value, "__dict__"):
        yield from _told(vars(value), above)
    else:
        yield repr(value)
