"""Serve a built book on loopback and drive it in a browser, with the tools of the book itself."""

from __future__ import annotations

from typing import Any

import chromium
import measure
from measure import pages, serve
from playwright.sync_api import Browser, BrowserContext, Page, expect

__all__ = ["chromium", "drawn", "measure", "pages", "patient", "serve"]

_DRAWN = """hanging => new Promise((done, refuse) => {
    setTimeout(() => refuse("the page is not drawn"), hanging);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
})"""


def drawn(page: Page) -> None:
    """Wait until a page has been drawn again; a script has no limit of time but its own."""
    page.evaluate(_DRAWN, chromium.HANGING)


def patient(browser: Browser) -> Browser:
    """The same browser, whose pages and expectations wait as long as it takes.

    A request that a test was answering when its window closed is nobody's any more: Playwright
    would raise what became of it in the test that comes next.
    """
    expect.set_options(timeout=chromium.HANGING)
    new_context, new_page = browser.new_context, browser.new_page

    def context(**options: Any) -> BrowserContext:
        opened = new_context(**options)
        opened.set_default_timeout(chromium.HANGING)
        close = opened.close

        def closed(**options: Any) -> None:
            for routing in (*opened.pages, opened):
                routing.unroute_all(behavior="ignoreErrors")
            close(**options)

        opened.close = closed  # type: ignore[method-assign]
        return opened

    def page(**options: Any) -> Page:
        opened = new_page(**options)
        opened.set_default_timeout(chromium.HANGING)
        return opened

    browser.new_context, browser.new_page = context, page  # type: ignore[method-assign]
    return browser
