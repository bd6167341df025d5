"""The browser as the tests drive it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser


def test_an_answer_under_way_ends_with_its_window(browser: Browser):
    """It does not fail the test that comes next, as in Playwright it would."""
    asked, closed = threading.Event(), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            closed.wait()
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    slow = f"http://127.0.0.1:{server.server_port}/"
    try:
        context = browser.new_context()
        page = context.new_page()
        page.route("**/late", lambda route: route.fulfill(response=page.request.get(slow)))
        page.evaluate("() => { fetch('http://book.example/late').catch(() => {}) }")
        while not asked.is_set():
            page.evaluate("0")
        context.close()
        after = browser.new_context()
        after.new_page().evaluate("0")
        after.close()
    finally:
        closed.set()
        server.shutdown()
