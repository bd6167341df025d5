"""Build the book, or a thing made of it, and say where to open it; the Makefile calls it.

Its variables are settings: `COHORT`, a folder, for the book of another cohort, and `ROWS`, which is 1
where its single patients may be shown; `PUBLISHED`, a file, for
the short book on another study; `FORCE`, to begin from nothing; `PORT`, where the pages are served; and `SOURCE_DATE_EPOCH`, as everywhere. One build runs in
a clone at a time, whatever it makes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from waiting import alone

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).resolve().parent
_STRICT = ("-W", "-n", "--keep-going")
_TAKEN_OVER = ("html", ".doctrees*", ".jupyter_cache", "jupyter_execute")
"""What the next build would go on from."""
SHORT_BOOK = "book/another"
"""The pages of the book that is made of another study."""
_OF_A_SHORT_BOOK = ("book", "pdf", "epub", "notebooks", "serve")


class Refused(Exception):
    """Nothing is built; the message is one sentence, or empty where all has been said."""

    code = 2


class Failed(Refused):
    """Something was built and has errors."""

    code = 1


@dataclass(frozen=True)
class Build:
    """Where a build goes, and of which cohort or which other study it is.

    Attributes
    ----------
    root : Path
        The clone.
    output : Path
        The folder that has, or gets, `_build`.
    cohort : str
        The whole path of a reader's cohort; empty for the one in `data`.
    published : str
        The whole path of another study's printed numbers; empty for the book of this repository.
    """

    root: Path
    output: Path
    cohort: str
    published: str = ""

    @classmethod
    def of(cls, root: Path, settings: Mapping[str, str]) -> Build:
        """The build that the settings ask for, which can be begun.

        Raises
        ------
        Refused
            Where a fixed date is none, `ROWS` is neither 0 nor 1, a cohort is not there or does not meet the contract, another
            study cannot be read, or the place cannot be written.
        """
        epoch = settings.get("SOURCE_DATE_EPOCH", "")
        if not re.fullmatch("[0-9]*", epoch):
            raise Refused(f"SOURCE_DATE_EPOCH={epoch}: seconds since 1970 are expected")
        output, cohort = root, settings.get("COHORT", "")
        published = settings.get("PUBLISHED", "")
        if (rows := settings.get("ROWS", "")) not in ("", "0", "1"):
            raise Refused(f"ROWS={rows}: 1 was expected, or 0 as when it is left out")
        if published:
            if cohort:
                raise Refused("COHORT and PUBLISHED: one of them was expected, found both")
            file = (root / published).resolve()
            output = root / "_build" / "studies" / _study_name(root, file)
            published = str(file)
        elif cohort:
            folder = (root / cohort).resolve()
            if not folder.is_dir():
                raise Refused(f"COHORT={cohort}: no such folder")
            shown = "with-single-patients" if rows == "1" else "aggregates"
            cohort = str(folder)
            output = root / "_build" / "cohorts" / f"{place_of(folder)}-{shown}"
        build = cls(root, output, cohort, published)
        if cohort and build.run("-m", "helpers", "validate", cohort):
            raise Refused
        try:
            (output / "_build").mkdir(parents=True, exist_ok=True)
        except OSError:
            raise build._unwritable from None
        if not os.access(output / "_build", os.W_OK):
            raise build._unwritable
        return build

    @property
    def _unwritable(self) -> Refused:
        place = (self.output / "_build").relative_to(self.root)
        return Refused(f"{place}: no folder that can be written")

    @property
    def html(self) -> Path:
        """Where the pages are."""
        return self.output / "_build" / "html"

    @property
    def work(self) -> Path:
        """What was computed for a short book, kept from build to build."""
        return self.output / "_build" / "work"

    def run(self, *arguments: str) -> int:
        """How Python ends on these arguments, for the cohort of this build."""
        settings = {**os.environ, "COHORT": self.cohort, "PUBLISHED": self.published}
        if self.published:
            settings["SHORT_BOOK_WORK"] = str(self.work.resolve())
        interrupted = False
        with subprocess.Popen([sys.executable, *arguments], cwd=self.root, env=settings) as program:
            while True:
                try:
                    code = program.wait()
                    break
                except KeyboardInterrupt:  # it was told too, and ends in its own time
                    interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        return code

    def tool(self, name: str, *arguments: str) -> None:
        """Run another program of this folder, which says what is wrong by itself."""
        code = self.run(str(TOOLS / f"{name}.py"), *arguments)
        if code:
            raise Refused if code == Refused.code else Failed

    def forget(self) -> None:
        """Remove all that a build here would take over."""
        for pattern in (*_TAKEN_OVER, *([self.work.name] if self.published else [])):
            for folder in (self.output / "_build").glob(pattern):
                shutil.rmtree(folder)

    def book(self) -> None:
        """Build the pages, strictly, and say where they are."""
        self._prepare()
        if self.published:
            where = ("--path-output", str(self.output), "--all", "--quiet")
            code = self.run(__file__, "jupyter-book", SHORT_BOOK, *where, *_STRICT)
            if code:
                raise Failed("The short book has errors: see above.")
        elif self.run(__file__, "jupyter-book", "--path-output", str(self.output), *_STRICT):
            raise Failed("The book has errors: see above.")
        print(f"Open {self.html.resolve() / 'index.html'}", flush=True)

    def _prepare(self) -> None:
        """Compute what the pages of a short book show; nothing for the book of this repository."""
        if self.published:
            self.tool("study", "prepare", self.published, str(self.work.resolve()))

    def pdf(self) -> None:
        """Print the whole book."""
        self._prepare()
        self.tool("pdf", str(self.output))

    def epub(self) -> None:
        """Make the whole book an EPUB."""
        self._prepare()
        self.tool("epub", str(self.output))

    def site(self) -> None:
        """Make PDF and EPUB, and then the pages, which link both."""
        self.pdf()
        self.epub()
        self.book()

    def notebooks(self) -> None:
        """Build the pages, and with them the notebooks that readers get."""
        self.book()
        folder = self.output.resolve() / "_build" / "notebooks"
        if self.published:
            self.tool("study", "notebooks", self.published, str(folder.parent))
        print(f"Open in any Jupyter the notebooks in {folder}", flush=True)

    def launch(self) -> None:
        """Build the pages, and make what Binder and Colab open."""
        self._shipped_only("launch")
        self.book()
        self.tool("launch", str(self.output))

    def student(self) -> None:
        """Build the pages, and make the notebooks without their solutions."""
        self._shipped_only("student")
        self.book()
        self.tool("student", str(self.output))

    def not_short(self, name: str) -> None:
        """Refuse what is not made of a short book."""
        if self.published and name not in _OF_A_SHORT_BOOK:
            raise Refused(f"make {name} is for the book of this repository: leave PUBLISHED out")

    def _shipped_only(self, name: str) -> None:
        if self.cohort:
            raise Refused(
                f"make {name} is for notebooks that others open, with the cohort that comes with the "
                "book: leave COHORT out"
            )

    def slides(self) -> None:
        """Build the pages, and make their figures slides."""
        self.book()
        self.tool("slides", str(self.output))

    def links(self) -> None:
        """Ask for every link to another host."""
        builder = ("--builder", "custom", "--custom-builder", "linkcheck", "--keep-going")
        if self.run(__file__, "jupyter-book", *builder):
            report = self.root / "_build" / "linkcheck" / "output.txt"
            lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
            broken = [line for line in lines if "[broken]" in line]
            head = "Links that are broken, see also _build/linkcheck/output.txt:"
            raise Failed("\n".join([head, *broken]))


MADE: dict[str, Callable[[Build], None]] = {
    "book": Build.book,
    "pdf": Build.pdf,
    "epub": Build.epub,
    "site": Build.site,
    "notebooks": Build.notebooks,
    "launch": Build.launch,
    "student": Build.student,
    "slides": Build.slides,
    "links": Build.links,
    "serve": Build.book,
    "live": Build.book,
}
"""What can be made, and how; the last two go on to show it."""


def place_of(cohort: Path) -> str:
    """With what the folders of a cohort's books begin: no two cohorts share one, whatever their names.

    A book that shows single patients has another folder than one that does not, so that no file of the
    one is left in the other.
    """
    known = hashlib.sha256(os.fsencode(cohort)).hexdigest()[:8]
    return f"{cohort.name}-{known}"


def _study_name(root: Path, file: Path) -> str:
    """The name that a file of printed numbers gives its study."""
    asked = subprocess.run(
        [sys.executable, str(TOOLS / "study.py"), "name", str(file)],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if asked.returncode:  # it has said what is wrong
        raise Refused
    return asked.stdout.strip()


def jupyter_book(arguments: Sequence[str]) -> int:
    """Run jupyter-book, without the RuntimeError that it adds when Sphinx has said what is wrong."""
    # The tools beside this file are no modules of the book.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != TOOLS]
    from jupyter_book.cli.main import main as command

    source = ROOT
    if arguments[0] == SHORT_BOOK:
        source, arguments = ROOT / SHORT_BOOK, arguments[1:]
    try:
        command(["build", str(source), *arguments])
    except RuntimeError:
        return 1
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Make what is named; gives the exit code."""
    name, *more = arguments
    if name == "jupyter-book":
        return jupyter_book(more)
    try:
        build = Build.of(root, os.environ)
        with alone(
            root / "_build", "Another build runs in this folder; this one waits for its end."
        ):
            build.not_short(name)
            if os.environ.get("FORCE"):
                build.forget()
            MADE[name](build)
        if name in ("serve", "live"):
            port = os.environ.get("PORT") or "8000"
            only = ["--pages-only"] if name == "serve" else []
            build.tool("serve", str(build.html), "--port", port, *only)
    except Refused as reason:
        if str(reason):
            print(reason, file=sys.stderr)
        return reason.code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
