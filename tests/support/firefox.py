"""A Firefox, driven by WebDriver BiDi, the protocol that browsers have for it; as little as the tests need.

Looked at: playwright, whose channel for an ordinary Firefox sends a command that Firefox ESR 153 does not
know yet (when it does, this module can go); selenium, which needs a geckodriver, of which Debian has no
package; marionette-driver, which pins another psutil than ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import limits
from websocket import WebSocket, create_connection

NAMES = ("firefox", "firefox-esr")
MISSING = (
    "no Firefox on the path; install one (Debian: apt install firefox-esr) or say where it is: "
    "FIREFOX=/path/to/firefox"
)


def find() -> str | None:
    """Path of a Firefox, or None: the one that `FIREFOX` names, or else the first on the path."""
    named = os.environ.get("FIREFOX")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Page:
    """A page, and what has happened in it."""

    socket: WebSocket
    context: str = ""
    sent: int = 0
    said: list[str] = field(default_factory=list)
    """Errors and warnings of the console."""
    asked: list[str] = field(default_factory=list)
    """Addresses of requests."""

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command, and its answer; events that come before it are kept."""
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while (told := json.loads(self.socket.recv())).get("id") != self.sent:
            self._hear(told.get("method"), told.get("params", {}))
        assert told["type"] == "success", told
        result: dict[str, Any] = told["result"]
        return result

    def _hear(self, event: str | None, told: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            self.asked.append(told["request"]["url"])
        elif event == "log.entryAdded" and told["level"] in ("error", "warn"):
            self.said.append(told["text"])

    def open(self, address: str) -> None:
        """Go to an address, in a new tab; what happened in the old one is forgotten."""
        old, told = self.context, self.send("browsingContext.create", type="tab")
        self.context = told["context"]
        self.send("browsingContext.close", context=old)
        self.said.clear()
        self.asked.clear()
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def run(self, script: str) -> Any:
        """The value of an expression in the page, once it is there."""
        told = self.send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({script})) ?? null)()",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert told["type"] == "success", told["exceptionDetails"]["text"]
        return json.loads(told["result"].get("value", "null"))

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        self.run(
            f"new Promise((done) => {{ const look = () => ({condition}) ? done() : setTimeout(look, 50); look(); }})"
        )

    def press(self, words: str) -> None:
        """Press a button that can be seen, once it is there, by how its words begin."""
        button = f"""[...document.querySelectorAll("button")].find((one) =>
            one.checkVisibility() && (one.ariaLabel || one.textContent).trim().startsWith({json.dumps(words)}))"""
        self.wait(button)
        self.run(f"{button}.click()")


@contextmanager
def page() -> Iterator[Page]:
    """A page of a headless Firefox with a profile of its own, ended with the block."""
    path = find()
    assert path is not None, MISSING
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = subprocess.Popen(
            [path, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert program.stderr is not None
            address = next(
                found.group(1)
                for line in program.stderr
                if (found := re.search(r"listening on (\w+://\S+)", line))
            )
            # It writes on, and would wait for ever at a pipe that is full.
            threading.Thread(target=deque, args=(program.stderr, 0), daemon=True).start()
            socket = create_connection(
                f"{address}/session", timeout=limits.HANGING, suppress_origin=True
            )
            opened = Page(socket)
            opened.send("session.new", capabilities={})
            opened.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
            opened.context = opened.send("browsingContext.getTree")["contexts"][0]["context"]
            yield opened
            socket.close()
        finally:
            program.terminate()
            try:
                program.wait(limits.HANGING)
            except subprocess.TimeoutExpired:
                program.kill()
                raise
