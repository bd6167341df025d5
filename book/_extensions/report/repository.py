"""Whose repository this is: the address that every button and link to it takes.

It comes from `REPOSITORY=`, or from the variables of GitHub's or GitLab's CI, or from `git remote`,
so that every fork's book points at the fork. Without a web address there are no such buttons.
`LAUNCH=` names the branch that has what `make launch` writes; the publishing workflow pushes it and says
so. Binder and Colab then open that branch, and else the source that is checked out.

sphinx-book-theme makes the buttons, from settings; Sphinx's own `linkcode` and the like only link to
objects. Neither asks git.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"
_HOSTS = ("github", "gitlab")  # whose addresses the theme knows how to write


@dataclass(frozen=True)
class Repository:
    """A repository on the web.

    Attributes
    ----------
    url : str
        Its https address.
    ref : str
        The branch, tag or commit that the book is built from.
    """

    url: str
    ref: str

    @property
    def host(self) -> str:
        """`github` or `gitlab`, or else empty."""
        domain = self.url.split("/")[2].lower()
        return next((host for host in _HOSTS if host in domain), "")

    def mistake(self, page: str, state: str) -> str:
        """Where a mistake on a page is told: a form with the page and the state of the book filled in."""
        told = ("title", "body"), ("issue[title]", "issue[description]")
        title, text = told[self.host == "gitlab"]
        asked = urlencode(
            {
                title: f"Mistake on the page {page}",
                text: f"Page: {page}\nBook: {state}\n\nWhat stands there:\n\nWhat should stand there:\n",
            }
        )
        return f"{self.url}/{'-/' if self.host == 'gitlab' else ''}issues/new?{asked}"


def find(folder: Path) -> Repository | None:
    """The repository of a folder, or None where no web address is known.

    Raises
    ------
    ValueError
        When `REPOSITORY` is no web address.
    """
    given = os.environ.get("REPOSITORY", "").strip()
    if given:
        url = web_address(given)
        if url is None:
            raise ValueError(
                f"REPOSITORY={given}: expected the address of a repository, such as "
                "https://github.com/owner/name"
            )
    else:
        url = _of_ci() or web_address(_remote(folder))
    return None if url is None else Repository(url, _ref(folder))


def web_address(remote: str) -> str | None:
    """The https address of a git remote, without a user or a password; None where it has none.

    Parameters
    ----------
    remote : str
        As git takes it: `https://host/owner/name.git`, `git@host:owner/name.git`, `ssh://…`.
    """
    forms = (r"https?://(?:[^/@]*@)?", r"(?:ssh|git)://(?:[^/@]*@)?", r"(?:[\w.-]+@)")
    place = r"(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+)?[/:](?P<path>[\w.~-]+(?:/[\w.~-]+)+)"
    bare = remote.strip().rstrip("/").removesuffix(".git")
    for form in forms:
        if match := re.fullmatch(form + place, bare):
            return f"https://{match['host']}/{match['path']}"
    return None


def _of_ci() -> str | None:
    """The address that the variables of GitHub's or GitLab's CI give."""
    server, name = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if server and name:
        return web_address(f"{server}/{name}")
    return web_address(os.environ.get("CI_PROJECT_URL", ""))


def _ref(folder: Path) -> str:
    """What is checked out: the branch or tag that CI names, or git's branch, or its commit."""
    for variable in ("GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"):
        if named := os.environ.get(variable):
            return named
    return git(folder, "branch", "--show-current") or git(folder, "rev-parse", "HEAD") or "main"


def _remote(folder: Path) -> str:
    """The address of `origin`, or else of the first remote; empty where there is none."""
    names = git(folder, "remote").split()
    name = "origin" if "origin" in names else next(iter(names), "")
    return git(folder, "remote", "get-url", name) if name else ""


def git(folder: Path, *arguments: str) -> str:
    """What git says of a checkout whose top is this folder; empty where it is none."""
    try:
        top = _run(folder, "rev-parse", "--show-toplevel")
        return _run(folder, *arguments) if top and Path(top).samefile(folder) else ""
    except OSError:  # no git on this machine
        return ""


def _run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _buttons(app: Sphinx, config: Config) -> None:
    """Give the theme the address, and ask it for the buttons that lead somewhere."""
    try:
        found = find(Path(app.srcdir))
    except ValueError as error:
        raise ConfigError(str(error)) from None
    app.book_repository = found  # type: ignore[attr-defined]
    if found is None or not found.host:
        return
    launch = {"notebook_interface": "jupyterlab", "binderhub_url": BINDER}
    if found.host == "github":
        launch["colab_url"] = COLAB
    config.html_theme_options |= {
        "repository_url": found.url,
        "repository_branch": found.ref,
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": launch,
    }


def _lead(app: Sphinx, _: str, __: str, context: dict[str, Any], ___: Any) -> None:
    """Let Binder and Colab open the reader notebooks, where a branch has them."""
    found = app.book_repository  # type: ignore[attr-defined]
    for button in (
        b for group in context.get("header_buttons", []) for b in group.get("buttons", [])
    ):
        if found and button.get("url", "").startswith((f"{BINDER}/", f"{COLAB}/")):
            button["url"] = launched(button["url"], found, os.environ.get("LAUNCH", "").strip())


def launched(url: str, repository: Repository, branch: str) -> str:
    """The address of a button as it has to be.

    Parameters
    ----------
    url : str
        As the theme makes it.
    repository : Repository
    branch : str
        The one that has the reader notebooks; empty where there is none.
    """
    if branch:
        for around in ("/{}?urlpath=", "/blob/{}/notebooks/"):
            url = url.replace(around.format(repository.ref), around.format(branch), 1)
    # The theme leaves the slashes of an address in a link to Binder, and Binder cuts there.
    if url.startswith(f"{BINDER}/v2/git/"):
        url = url.replace(quote(repository.url), quote(repository.url, safe=""), 1)
    return url


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _buttons, priority=150)
    app.connect("html-page-context", _lead, priority=800)  # after the theme has made its buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
