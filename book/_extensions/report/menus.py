"""The theme's menus at the top of a page, to be changed before the page is written.

The theme has settings for what it makes itself, and none for what a book adds or calls otherwise.
"""

from __future__ import annotations

from typing import Any

DOWNLOADS = "download-buttons"


def menu(context: dict[str, Any], label: str) -> list[dict[str, Any]]:
    """The buttons of a menu, which are those of the page; empty where it has no such menu.

    Parameters
    ----------
    context : dict
        What Sphinx gives a page's template, after the theme has made its buttons.
    label : str
        The theme's name for the menu.
    """
    for group in context.get("header_buttons", []):
        if group.get("label") == label:
            buttons: list[dict[str, Any]] = group["buttons"]
            return buttons
    return []
