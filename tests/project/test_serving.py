"""The pages that `make serve` and `make live` serve answer to their own address alone."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import serve


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    (tmp_path / "index.html").write_text("a page")
    with serve.pages_of(tmp_path, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _status(pages: ThreadingHTTPServer, host: str | None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", pages.server_port)
    connection.putrequest("GET", "/index.html", skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    assert (b"a page" in body) is (answer.status == 200)
    return answer.status


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_address_is_answered(name: str, pages: ThreadingHTTPServer):
    assert _status(pages, f"{name}:{pages.server_port}") == 200


def test_a_name_that_was_made_to_lead_here_is_not(pages: ThreadingHTTPServer):
    for host in (f"evil.example:{pages.server_port}", "evil.example", "127.0.0.1", "", None):
        assert _status(pages, host) == 421, host
