"""The published site: the newest book at its top, and every released version beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import books
import pytest
import site_under_test
from playwright.sync_api import Browser, Page
from report import archives, disclosed
from tools import publish

WHERE = "https://somebody.github.io/fork/"
PAGE = (
    "<html><head><script>DOCUMENTATION_OPTIONS = {};</script>\n<!-- versions -->\n</head>%s</html>"
)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SITE_ADDRESS", "CI_PAGES_URL", "RELEASES", "COHORT"):
        monkeypatch.delenv(name, raising=False)


def site(folder: Path, words: str) -> Path:
    """A small site, of which one page knows nothing of versions."""
    (folder / "book").mkdir(parents=True)
    for name in ("index.html", "book/page.html"):
        (folder / name).write_text(PAGE % words)
    (folder / "plain.html").write_text(words)
    return folder


def archive(pages: Path, target: Path, version: str) -> Path:
    """The pages as a release has them."""
    top = f"invented-{version}-html"
    files = {
        f"{top}/{path.relative_to(pages).as_posix()}": archives.Entry(path.read_bytes())
        for path in pages.rglob("*")
        if path.is_file()
    }
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{top}.zip").write_bytes(archives.packed(files))
    return target


def test_a_book_on_another_cohort_is_not_published(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    page = root / "_build" / "html" / "index.html"
    page.write_text(page.read_text().replace("<head>", f"<head>{disclosed.MARK}"))
    assert publish.main(root) == 2
    assert "is a book on another cohort" in capsys.readouterr().err
    monkeypatch.setenv("COHORT", "ward")
    assert publish.main(root) == 2
    assert "COHORT=ward: a book on another cohort" in capsys.readouterr().err
    assert not (root / "_build" / "published").exists()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose book is built, with two released versions in `releases`."""
    site(tmp_path / "_build" / "html", "newest")
    for version in ("0.9.0", "0.10.0"):
        archive(site(tmp_path / version, version), tmp_path / "releases" / version, version)
    return tmp_path


def with_python(folder: Path, core: bytes = b"core", **packages: bytes) -> Path:
    """What `report.in_browser` puts beside the pages."""
    python = folder / "_static" / "python"
    python.mkdir(parents=True)
    listed = {
        name: {"file_name": f"{name}.whl", "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in packages.items()
    }
    told = {"info": {"core_folder": "./"}, "packages": listed}
    files = {
        "pyodide-lock.json": json.dumps(told).encode(),
        "empty-lock.json": b"{}",
        "LICENCES.txt": b"",
    }
    files |= {"core.js": core, **{f"{name}.whl": content for name, content in packages.items()}}
    for name, content in files.items():
        (python / name).write_bytes(content)
    return python


def test_what_several_versions_run_in_a_browser_is_there_once(root, monkeypatch):
    with_python(root / "_build/html", numpy=b"one", helpers=b"newest")
    for version, numpy, core in (("0.10.0", b"two", b"core"), ("0.9.0", b"two", b"older core")):
        pages = root / version
        with_python(pages, core, numpy=numpy, helpers=version.encode(), same=b"one")
        archive(pages, root / "releases" / version, version)
    monkeypatch.setenv("RELEASES", str(root / "releases"))
    assert publish.main(root) == 0
    made = root / "_build" / "published"
    found: dict[str, dict[str, bytes]] = {}
    for version in (".", "v0.10.0", "v0.9.0"):
        python = made / version / "_static/python"
        told = json.loads((python / "pyodide-lock.json").read_text())
        found[version] = {
            name: (python / one["file_name"]).read_bytes() for name, one in told["packages"].items()
        }
        found[version]["core"] = (python / told["info"]["core_folder"] / "core.js").read_bytes()
        assert (python / "empty-lock.json").is_file()
        assert (python / "LICENCES.txt").is_file(), "the page of each version names it"
    assert found == {
        ".": {"numpy": b"one", "helpers": b"newest", "core": b"core"},
        "v0.10.0": {"numpy": b"two", "helpers": b"0.10.0", "same": b"one", "core": b"core"},
        "v0.9.0": {"numpy": b"two", "helpers": b"0.9.0", "same": b"one", "core": b"older core"},
    }
    contents = [
        path.read_bytes() for path in made.rglob("python/*") if path.suffix in (".whl", ".js")
    ]
    assert len(contents) == len(set(contents)) == 7


def test_the_newest_is_at_the_top_and_each_release_in_its_folder(root, monkeypatch, capsys):
    monkeypatch.setenv("SITE_ADDRESS", WHERE)
    monkeypatch.setenv("RELEASES", str(root / "releases"))
    assert publish.main(root) == 0
    made = root / "_build" / "published"
    assert capsys.readouterr().out == f"In {made}: latest, 0.10.0, 0.9.0.\n"
    folders = {"latest": made, "0.10.0": made / "v0.10.0", "0.9.0": made / "v0.9.0"}
    for version, folder in folders.items():
        words = "newest" if version == "latest" else version
        assert (folder / "plain.html").read_text() == words
        for name in ("index.html", "book/page.html"):
            page = (folder / name).read_text()
            assert words in page
            assert f'"theme_switcher_version_match": "{version}"' in page
            assert page.count("theme_switcher_json_url") == 1
            assert ('content="noindex"' in page) == (version != "latest")
        listed = json.loads((folder / "_static" / "switcher.json").read_text())
        assert [(one["version"], one["url"]) for one in listed] == [
            ("latest", WHERE),
            ("0.10.0", f"{WHERE}v0.10.0/"),
            ("0.9.0", f"{WHERE}v0.9.0/"),
        ]
    assert "versions -->" in (root / "_build/html/index.html").read_text(), "the build is as it was"


@pytest.mark.parametrize(
    ("address", "kept"), [(WHERE, False), ("", True)], ids=["one version", "no address"]
)
def test_without_others_or_an_address_nothing_is_listed(root, monkeypatch, address, kept):
    monkeypatch.setenv("SITE_ADDRESS", address)
    monkeypatch.setenv("RELEASES", str(root / "releases") if kept else "")
    assert publish.main(root) == 0
    made = root / "_build" / "published"
    assert (made / "v0.9.0" / "index.html").exists() == kept
    assert not list(made.rglob("switcher.json"))
    assert not [page for page in made.rglob("*.html") if "theme_switcher" in page.read_text()]


def test_it_is_laid_out_anew_each_time(root, monkeypatch):
    monkeypatch.setenv("RELEASES", str(root / "releases"))
    assert publish.main(root) == 0
    monkeypatch.setenv("RELEASES", str(root / "releases" / "0.9.0"))
    assert publish.main(root) == 0
    assert not (root / "_build" / "published" / "v0.10.0").exists()


@pytest.mark.parametrize("case", ["not built", "twice", "another archive", "no address"])
def test_what_cannot_be_laid_out_is_refused_in_one_sentence(root, monkeypatch, capsys, case):
    releases = root / "releases"
    monkeypatch.setenv("RELEASES", str(releases))
    if case == "not built":
        (root / "_build/html/index.html").unlink()
        sentence = f"{root}/_build/html has no index.html; run `make site` first"
    elif case == "twice":
        archive(root / "0.9.0", releases / "again", "0.9.0")
        sentence = f"version 0.9.0 is in {releases} twice"
    elif case == "another archive":
        path = releases / "invented-0.8.0-html.zip"
        path.write_bytes(archives.packed({"other/index.html": archives.Entry(b"")}))
        sentence = f"{path} is no archive of pages that `make release` made"
    else:
        monkeypatch.setenv("SITE_ADDRESS", "my site")
        sentence = "SITE_ADDRESS=my site: expected where the pages are published"
    assert publish.main(root) == 2
    assert capsys.readouterr().err.startswith(f"Not laid out: {sentence}")


@pytest.mark.full
class TestTheSwitcher:
    """The theme's own, on the pages of a small book that is there in two versions."""

    @pytest.fixture
    def published(self, tiny_book: books.Book, tmp_path: Path) -> Iterator[str]:
        built = tiny_book.build()
        assert built.code == 0, built.said
        older = publish.releases(archive(built.folder, tmp_path / "releases", "0.9.0"))
        target = tmp_path / "published"
        target.mkdir()
        with site_under_test.serve(target) as address:
            publish.lay_out(built.folder, older, target, address)
            yield address

    @pytest.fixture
    def page(self, browser: Browser) -> Iterator[Page]:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        yield page
        page.close()

    def test_it_leads_to_the_same_page_of_another_version(self, page: Page, published: str):
        page.goto(f"{published}book/words.html")
        button = page.locator(".version-switcher__button")
        button.filter(has_text="latest").click()
        page.get_by_role("option", name="0.9.0").click()
        page.wait_for_url("**/v0.9.0/book/words.html")
        button.filter(has_text="0.9.0").click()
        page.get_by_role("option", name="latest").click()
        page.wait_for_url(f"{published}book/words.html")

    def test_a_build_alone_shows_none_and_asks_for_none(
        self, page: Page, site: str, browser: Browser
    ):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        page.goto(f"{site}book/glossary.html", wait_until="networkidle")
        assert page.locator(".version-switcher__button").count() == 1
        assert not page.locator(".version-switcher__container").is_visible()
        assert asked
        assert not [path for path in asked if path.endswith(".json")]
