"""Time and weigh a chapter that runs in the browser, cold and warm, and write `book/in_browser.json`.

The same cells are timed in Python on this machine, too. `make measure` calls it where `make wasm` has
gathered something and the book was built with it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import chromium
import psutil
from extensions import gathered
from machine import machine
from measure import serve
from playwright.sync_api import Page, Request

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "book/in_browser.json"
CHAPTER = "overall-survival"
REPEATS = 3
_NATIVE = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
first, *others = json.load(open(sys.argv[1]))
shell = InteractiveShell.instance()
shell.run_cell(first)
before = time.process_time()
for source in others:
    shell.run_cell(source).raise_error()
print(time.process_time() - before)
"""


def renderers() -> list[psutil.Process]:
    """The pages of the browser that this program has started."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def cpu() -> float:
    """Seconds of the processor of all pages."""
    return sum(sum(process.cpu_times()[:2]) for process in renderers())


def run(page: Page, address: str) -> dict[str, float]:
    """One run, from the press of the button."""
    done: list[Request] = []
    page.on("requestfinished", lambda request: done.append(request))
    page.goto(address)
    page.get_by_role("button", name="Run this page").click()
    before, begun = cpu(), time.monotonic()
    seen = len(done)
    page.get_by_role("button", name="Run in this browser").click()
    page.locator(".live-status[data-kind=ready]").wait_for()
    page.get_by_role("button", name="Run cell 1", exact=True).click()
    page.get_by_text("Cell 1 has run").wait_for()
    ready, ready_on_the_clock = cpu() - before, time.monotonic() - begun
    page.get_by_role("button", name="Run all").click()
    page.get_by_text("All cells have run").wait_for()
    sizes = [request.sizes()["responseBodySize"] for request in done[seen:]]
    return {
        "ready_cpu_seconds": ready,
        "ready_seconds": ready_on_the_clock,
        "all_cpu_seconds": cpu() - before,
        "all_seconds": time.monotonic() - begun,
        "megabytes": sum(sizes) / 1e6,
        "requests": len(sizes),
        "memory_megabytes": max(process.memory_info().rss for process in renderers()) / 1e6,
    }


def native(notebook: Path) -> float:
    """Seconds of the processor that all cells but the first take in Python on this machine."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    sources = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", [])
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "cells.json")
        file.write_text(json.dumps(sources), "utf-8")
        command = [sys.executable, "-c", _NATIVE, str(file)]
        told = subprocess.run(
            command, cwd=notebook.parent, capture_output=True, text=True, check=True
        )
    return float(told.stdout.splitlines()[-1])


def main() -> None:
    """Measure the built book, if it has Python for the browser."""
    built = ROOT / "_build/html"
    if not (built / gathered.PLACE / gathered.LOCK).is_file():
        print("The book was built without Python for the browser, which is not measured.")
        return
    (name,) = (path.stem for path in (built / "notebooks").glob(f"*-{CHAPTER}.html"))
    found: dict[str, list[dict[str, float]]] = {"empty": [], "filled": []}
    busy = os.getloadavg()[0]
    with serve(built) as address:
        for _ in range(REPEATS):
            with (
                tempfile.TemporaryDirectory() as folder,
                chromium.keeping(Path(folder)) as context,
            ):
                context.set_default_timeout(chromium.HANGING)
                for cache in found:
                    page = context.new_page()
                    found[cache].append(run(page, f"{address}notebooks/{name}.html"))
                    page.close()
    with chromium.launch() as browser:
        version = browser.version
    runs = [
        {"page": f"notebooks/{name}", "cache": cache, **middle(runs)}
        for cache, runs in found.items()
    ]
    here = statistics.median(native(ROOT / f"notebooks/{name}.ipynb") for _ in range(REPEATS))
    for one in runs:
        one["times_native"] = round((one["all_cpu_seconds"] - one["ready_cpu_seconds"]) / here, 1)
    about = {
        **machine(),
        "Chromium": version,
        "Runs, of which the middle one is shown": REPEATS,
        "Other programs at work at once, when it began": round(busy, 1),
    }
    TARGET.write_text(json.dumps({"machine": about, "runs": runs}, indent=1) + "\n", "utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}")


def middle(runs: list[dict[str, float]]) -> dict[str, Any]:
    """The median of each figure."""
    return {name: round(statistics.median(one[name] for one in runs), 1) for name in runs[0]}


if __name__ == "__main__":
    main()
