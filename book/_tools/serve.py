"""Serve the built book and, beside it, a Jupyter server that only its pages may use; `make live`.

jupyter-server does the serving of kernels and the checks of token and origin; here it gets settings
that leave no door open: loopback only, a token, one origin, none of the user's own configuration, no
terminals and no files. The book has an origin of its own, so that no page of it is trusted more than
any page with the token.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import secrets
import signal
import tempfile
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import zmq

IDLE_SECONDS = 20 * 60
"""After this time a kernel whose page was closed is ended."""


class Refused(click.ClickException):
    """One clear sentence on standard error, and exit code 2."""

    exit_code = 2


class _Named(SimpleHTTPRequestHandler):
    """Answers to the name under which it was started, and to no other.

    A page elsewhere can have the name of its own host resolved to this machine, and then read what
    is served here as its own (DNS rebinding); its requests still carry that name as their `Host`.
    """

    server: ThreadingHTTPServer

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        names = {str(self.server.server_address[0]), "localhost"}
        if self.headers.get("Host") in {f"{name}:{self.server.server_port}" for name in names}:
            return True
        self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def log_message(self, *args: Any) -> None:
        pass


def pages_of(book: Path, ip: str, port: int) -> ThreadingHTTPServer:
    """A server of built pages that answers requests for this address alone.

    Raises
    ------
    OSError, OverflowError
        When the port cannot be used.
    """
    return ThreadingHTTPServer((ip, port), functools.partial(_Named, directory=str(book)))


def checked(ip: str, token: str) -> None:
    """Refuse an address that other machines can reach, and an empty token.

    Raises
    ------
    Refused
        With the reason.
    """
    try:
        loopback = ipaddress.ip_address(ip) in ipaddress.ip_network("127.0.0.0/8")
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(f"--ip {ip}: only an address of this machine, such as 127.0.0.1, is served")
    if len(token.strip()) < 8:
        raise Refused(
            "the token is empty or shorter than 8 characters; leave it out for a random one"
        )


def settings(ip: str, token: str, origin: str, folder: Path) -> dict[str, dict[str, Any]]:
    """What the Jupyter server is told, by class and trait.

    Parameters
    ----------
    ip, token : str
        Where it listens, and what each request has to bring.
    origin : str
        The only origin whose pages may read its answers.
    folder : Path
        An empty folder, in which kernels start.
    """
    return {
        "ServerApp": {
            "ip": ip,
            "port": 0,
            "allow_origin": origin,
            "allow_remote_access": False,
            "open_browser": False,
            "root_dir": str(folder),
            "allow_root": True,
            "terminals_enabled": False,
            "log_level": "WARN",
            # No pings: a connection within one machine needs none to last. With them jupyter-server
            # closes one for which no pong came in the time from ping to ping, the first among them.
            "tornado_settings": {"ws_ping_interval": 0},
        },
        "IdentityProvider": {"token": token},
        "KernelManager": {"transport_encryption": "auto" if zmq.has("curve") else "disabled"},
        "MappingKernelManager": {"cull_idle_timeout": IDLE_SECONDS, "cull_interval": 60},
    }


def jupyter(ip: str, token: str, origin: str, folder: Path) -> Any:
    """A Jupyter server that listens, and answers as soon as it is started.

    The user's own configuration is not read: it could open what is closed here.
    """
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder / "runtime")
    os.environ.pop("JUPYTER_TOKEN", None)
    from jupyter_server.serverapp import ServerApp  # reads the two when it is imported
    from traitlets.config import Config

    class KernelServer(ServerApp):
        """Kernels, and neither files nor terminals."""

        default_services = ("api", "auth", "kernels", "kernelspecs", "sessions")  # type: ignore[assignment]

    kernels = folder / "kernels"
    kernels.mkdir()
    app = KernelServer(config=Config(settings(ip, token, origin, kernels)))
    app.initialize(argv=[], find_extensions=False)
    return app


def first_page(book: Path) -> str:
    """The page to open: the first chapter."""
    chapters = sorted((book / "notebooks").glob("*.html"))
    if not chapters:
        raise Refused(f"{book}: no built book is here; run make book first")
    return chapters[0].relative_to(book).as_posix()


def _number(_: click.Context, __: click.Parameter, port: str) -> int:
    if not port.isdecimal():
        raise Refused(f"PORT={port}: a number is expected, such as 8000")
    return int(port)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("book", type=click.Path(path_type=Path), default=Path("_build/html"))
@click.option(
    "--port",
    default="8000",
    show_default=True,
    callback=_number,
    help="Of the book; 0: any free one",
)
@click.option("--ip", default="127.0.0.1", show_default=True, help="A loopback address")
@click.option("--token", default=None, help="Of the Jupyter server  [a random one]")
@click.option("--pages-only", is_flag=True, help="Without a Jupyter server; make serve")
def main(book: Path, port: int, ip: str, token: str | None, pages_only: bool) -> None:
    """Serve a built book with a Jupyter server beside it, on this machine only."""
    token = secrets.token_urlsafe(24) if token is None else token
    checked(ip, token)
    page = first_page(book)
    try:
        pages = pages_of(book, ip, port)
    except (OSError, OverflowError) as error:
        raise Refused(
            f"port {port} of {ip} cannot be used: {error}; choose another, PORT=…"
        ) from None
    origin = f"http://{ip}:{pages.server_port}"
    if pages_only:
        click.echo(f"Open {origin}/, stop with Ctrl-C")
        with pages, suppress(KeyboardInterrupt):
            pages.serve_forever()
        return
    with pages, tempfile.TemporaryDirectory(prefix="live-", ignore_cleanup_errors=True) as folder:
        server = jupyter(ip, token, origin, Path(folder))
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda *_: server.stop(from_signal=True))
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        key = f"jupyter=http://{ip}:{server.port}/&token={quote(token, safe='')}"
        # The server listens from the first turn of its loop on; what is said waits for the second.
        server.io_loop.add_callback(
            click.echo,
            f"Open {origin}/{page}#{key}\n"
            "The address holds the key to the kernels: keep it to yourself. Stop with Ctrl-C.",
        )
        server.start()
        pages.shutdown()


if __name__ == "__main__":
    main()
