"""What code imports is found without running it, and nothing that it runs is missing."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from helpers import imports
from helpers.imports import imported_modules


@pytest.fixture
def house(tmp_path):
    """A package with every way to import: files by their names, in a folder."""

    def build(**files):
        root = tmp_path / "helpers"
        for name, code in files.items():
            file = root / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
        (root / "__init__.py").touch()
        return root

    return build


def names(code, root, **more):
    found = imported_modules(code, root, **more)
    return [name.removeprefix("helpers.") for name in found.modules if name != "helpers"]


@pytest.mark.parametrize(
    "code",
    [
        "import helpers.b",
        "import helpers.b as other",
        "from helpers import b",
        "from helpers.b import x",
        "from helpers.b import *",
        "from . import b",
        "from .b import x",
        "def late():\n    from .b import x",
        "try:\n    import helpers.b\nexcept ImportError:\n    pass",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import none\nelse:\n    from . import b",
        "import importlib\nimportlib.import_module('helpers.b')",
        "from importlib import import_module\nimport_module('.b', __package__)",
        "from importlib import import_module\nimport_module('.' + 'b', __package__)",
    ],
)
def test_every_way_to_import(house, code):
    root = house(a=code, b="from . import c", c="import numpy")
    found = imported_modules("import helpers.a", root)
    assert {"helpers.a", "helpers.b", "helpers.c"} <= set(found.modules)
    assert found.packages == ("numpy",)
    assert found.modules["helpers.c"] == root / "c.py"


def test_for_a_type_checker_alone_is_no_import(house):
    root = house(
        a="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import x", b=""
    )
    assert names("import helpers.a", root) == ["a"]


def test_what_a_package_gathers_counts_where_a_name_is_taken_from_it(house):
    root = house(room__init="from .one import x", room__one="x = 1", room__two="", b="")
    assert names("from helpers import room", root) == ["room", "room.one"]
    assert names("from helpers.room import x", root) == ["room", "room.one"]
    assert names("from helpers.room import two", root) == ["room", "room.two"]
    assert names("import helpers.room.two", root) == ["room", "room.two"]


def test_upwards_from_within_a_package(house):
    root = house(
        room__init="", room__one="from ..b import x\nfrom . import two", room__two="", b=""
    )
    assert names("import helpers.room.one", root) == ["b", "room", "room.one", "room.two"]


def test_modules_can_be_left_out_with_what_only_they_import(house):
    root = house(a="from . import b, d", b="from . import c, d", c="", d="")
    assert names("import helpers.a", root, without={"helpers.b"}) == ["a", "d"]


def test_what_is_not_there_is_refused(house):
    with pytest.raises(ModuleNotFoundError, match=r"'helpers\.none'"):
        imported_modules("import helpers.none", house(a=""))
    with pytest.raises(SyntaxError):
        imported_modules("%matplotlib inline", house(a=""))


RUNS = {
    "reconstruct.chain": """
        from helpers import published
        from helpers.reconstruct.chain import chain
        study = published.load(published.DATA / "tiny.yaml")
        run = lambda: chain(study, next(iter(study.measures)), (1, 0), 1)
    """,
    "proofs.certificates": """
        from helpers.proofs import certificates
        run = lambda: certificates.load().table()
    """,
    "scorecard": """
        from helpers import cohort, scorecard
        run = lambda: scorecard.rows(cohort.load())
    """,
}
TRACED = """
import sys
from pathlib import Path
import helpers
from helpers.imports import imported_modules
ROOT = Path(helpers.__file__).parent
seen = set()
def note(frame, event, argument):
    seen.add(frame.f_code.co_filename)
run()  # compiles, which is not to be looked at
sys.setprofile(note)
run()
sys.setprofile(None)
ran = {Path(name) for name in seen if Path(name).is_relative_to(ROOT)}
known = set(imported_modules("import helpers.%s").modules.values())
assert len(ran) > 2, ran
assert ran <= known, sorted(ran - known)
"""


@pytest.mark.parametrize("module", RUNS)
def test_no_module_that_runs_is_missing(module):
    code = textwrap.dedent(RUNS[module]) + TRACED % module
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_copy_is_read_where_it_stands(tmp_path):
    copy = tmp_path / "helpers"
    shutil.copytree(imports.ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    here = imported_modules("import helpers.__main__")
    there = imported_modules("import helpers.__main__", copy)
    assert list(here.modules) == list(there.modules)
    assert all(file.is_relative_to(copy) for file in there.modules.values())
    assert Path(imports.__file__) not in there.modules.values()
