"""Buttons and links point at the reader's own repository, and every page says where it comes from."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import quote

import books
import pytest
from books import Book
from report import repository

FORK = "https://github.com/somebody/fork"
BINDER = "https://mybinder.org/v2/gh/somebody/fork/{}?urlpath=lab/tree/notebooks/01-quotes.ipynb"
COLAB = "https://colab.research.google.com/github/somebody/fork/blob/{}/notebooks/01-quotes.ipynb"


@pytest.mark.parametrize(
    "remote",
    [
        FORK,
        f"{FORK}.git",
        f"{FORK}/",
        "http://github.com/somebody/fork",
        "git@github.com:somebody/fork.git",
        "ssh://git@github.com/somebody/fork.git",
        "ssh://git@github.com:22/somebody/fork",
        "git://github.com/somebody/fork.git",
        "https://user:secret@github.com/somebody/fork.git",
        "https://token@github.com/somebody/fork",
    ],
)
def test_a_remote_becomes_a_web_address_without_a_password(remote: str):
    assert repository.web_address(remote) == FORK


@pytest.mark.parametrize(
    "remote",
    ["", "/srv/git/fork.git", "../fork", "file:///srv/fork", "C:\\fork", "fork", "https://host"],
)
def test_a_remote_that_is_not_on_the_web_gives_none(remote: str):
    assert repository.web_address(remote) is None


def test_a_group_within_a_group_is_kept():
    url = repository.web_address("git@gitlab.com:group/part/book.git")
    assert url == "https://gitlab.com/group/part/book"
    assert repository.Repository(url, "main").host == "gitlab"


def test_without_a_remote_no_button_is_dead(tiny_book: Book):
    page = tiny_book.built.page("notebooks/01-quotes")
    for button in ("mybinder.org/v2", "colab.research", "source-repository-button", "open issue"):
        assert button not in page.lower()
    assert "Not built from a git checkout" in page


def test_a_fork_named_by_the_setting_has_its_own_buttons(tiny_book: Book):
    built = tiny_book.build(REPOSITORY=f"{FORK}.git", GITHUB_REF_NAME="v1")
    assert built.code == 0, built.said
    page = built.page("notebooks/01-quotes")
    assert BINDER.format("v1") in page
    assert COLAB.format("v1") in page
    assert f'href="{FORK}"' in page
    assert f"{FORK}/issues/new" in page
    assert not built.executed, "the address of the repository is no reason to run code again"


@pytest.mark.full
def test_ci_names_the_fork(tiny_book: Book):
    built = tiny_book.build(
        GITHUB_SERVER_URL="https://github.com",
        GITHUB_REPOSITORY="somebody/fork",
        GITHUB_REF_NAME="main",
    )
    assert BINDER.format("main") in built.page("notebooks/01-quotes")


@pytest.mark.full
def test_another_forge_has_no_colab(tiny_book: Book):
    built = tiny_book.build(REPOSITORY="https://gitlab.com/somebody/fork", GITHUB_REF_NAME="main")
    assert built.code == 0, built.said
    page = built.page("notebooks/01-quotes")
    assert "mybinder.org/v2/gl/somebody%2Ffork/main" in page
    assert "colab.research" not in page


@pytest.mark.full
@pytest.mark.parametrize(
    "address", ["https://gitlab.com/group/part/book", "https://gitlab.example.org/group/book"]
)
def test_binder_is_given_an_address_that_it_does_not_cut(tiny_book: Book, address: str):
    built = tiny_book.build(REPOSITORY=address, GITHUB_REF_NAME="main")
    assert built.code == 0, built.said
    page = built.page("notebooks/01-quotes")
    assert f"mybinder.org/v2/git/{quote(address, safe='')}/main?" in page


@pytest.mark.parametrize(
    ("url", "led"),
    [
        (BINDER.format("main"), BINDER.format("launch")),
        (COLAB.format("main"), COLAB.format("launch")),
    ],
)
def test_binder_and_colab_open_the_branch_that_has_the_reader_notebooks(url: str, led: str):
    found = repository.Repository(FORK, "main")
    assert repository.launched(url, found, "launch") == led
    assert repository.launched(url, found, "") == url


def test_the_variable_of_the_workflow_names_the_branch(tiny_book: Book):
    page = tiny_book.build(REPOSITORY=FORK, GITHUB_REF_NAME="main", LAUNCH="launch").page(
        "notebooks/01-quotes"
    )
    assert BINDER.format("launch") in page
    assert COLAB.format("launch") in page
    assert f"{FORK}/issues/new" in page
    workflow = (books.ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8")
    assert "LAUNCH: launch" in workflow
    assert "--initial-branch=launch" in workflow


def test_a_setting_that_is_no_address_is_refused_in_a_sentence(tiny_book: Book):
    built = tiny_book.build(REPOSITORY="my fork")
    assert built.code != 0
    assert "REPOSITORY=my fork: expected the address of a repository" in built.said
    assert "executed" not in built.said


def _git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.full
def test_a_checkout_is_named_at_the_foot_and_followed(tiny_book: Book):
    _git(tiny_book.root, "init", "-q", "-b", "trunk")
    _git(tiny_book.root, "remote", "add", "origin", "git@github.com:somebody/fork.git")
    (tiny_book.root / ".gitignore").write_text("_build/\n__pycache__/\n")
    _git(tiny_book.root, "add", ".")
    _git(tiny_book.root, "commit", "-qm", "First")
    first = _git(tiny_book.root, "rev-parse", "HEAD")
    built = tiny_book.build()
    assert built.code == 0, built.said
    page = built.page("notebooks/01-quotes")
    assert BINDER.format("trunk") in page
    assert f'<a href="{FORK}/commit/{first}"><code>{first[:10]}</code></a>' in page
    assert "with edits since" not in page
    assert "seconds." in page[page.index('class="provenance"') :]

    (tiny_book.root / "make.log").write_text("a log that no build reads")
    assert "with edits since" not in tiny_book.build().page("book/words")

    tiny_book.edit("notebooks/02-plain.md", "Second.", "Second and last.")
    edited = tiny_book.build()
    for name in ("notebooks/01-quotes", "notebooks/02-plain", "book/words", "book/index"):
        assert edited.page(name).count(", with edits since.") == 1, name
    _git(tiny_book.root, "stash", "-q")
    for name in ("notebooks/01-quotes", "notebooks/02-plain", "book/words", "book/index"):
        assert "with edits since" not in tiny_book.build().page(name), name
    _git(tiny_book.root, "stash", "pop", "-q")
    _git(tiny_book.root, "commit", "-qam", "Second")
    page = tiny_book.build().page("notebooks/01-quotes")
    assert _git(tiny_book.root, "rev-parse", "HEAD")[:10] in page, "the foot is out of date"
    assert "with edits since" not in page


@pytest.mark.full
def test_the_foot_follows_the_data_and_the_lock_file(tiny_book: Book):
    def foot(text: str) -> str:
        return text[text.index("Data ") :]

    before = foot(tiny_book.built.text("book/words"))
    assert "lifelines 0." in before
    tiny_book.edit("data/published.yaml", "value: 40.1", "value: 41.2")
    after = foot(tiny_book.build().text("book/words"))
    assert before.split(",")[0] != after.split(",")[0], "digest of the data"
    tiny_book.edit("requirements.txt", "lifelines==", "# edited\nlifelines==")
    last = foot(tiny_book.build().text("book/words"))
    assert after.split(",")[0] == last.split(",")[0]
    assert after.split("lock file")[1][:12] != last.split("lock file")[1][:12]
