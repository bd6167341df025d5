"""Time and weigh a chapter that runs in the browser, cold and warm, and write `book/in_browser.json`.

`make measure` calls it where `make wasm` has gathered something and the book was built with it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import chromium
import psutil
from machine import machine
from measure import serve
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "book/in_browser.json"
CHAPTER = "overall-survival"


def cpu() -> float:
    """Seconds of the processor of all pages of the browser that this program has started."""
    spent = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "--type=renderer" in process.cmdline():
                times = process.cpu_times()
                spent += times.user + times.system
        except psutil.Error:
            continue
    return spent


def run(page: Page, address: str) -> dict[str, Any]:
    """One run, from the press of the button."""
    done: list[Any] = []
    page.on("requestfinished", lambda request: done.append(request))
    page.goto(address)
    page.get_by_role("button", name="Run this page").click()
    before, begun = cpu(), time.monotonic()
    seen = len(done)
    page.get_by_role("button", name="Run in this browser").click()
    page.locator(".live-status[data-kind=ready]").wait_for()
    page.get_by_role("button", name="Run cell 1", exact=True).click()
    page.get_by_text("Cell 1 has run").wait_for()
    ready = cpu() - before
    page.get_by_role("button", name="Run all").click()
    page.get_by_text("All cells have run").wait_for()
    told = {"ready_cpu_seconds": ready, "all_cpu_seconds": cpu() - before}
    sizes = [request.sizes()["responseBodySize"] for request in done[seen:]]
    return {
        **{name: round(value, 1) for name, value in told.items()},
        "all_seconds": round(time.monotonic() - begun, 1),
        "megabytes": round(sum(sizes) / 1e6, 1),
        "requests": len(sizes),
    }


def main() -> None:
    """Measure the built book, if it has Python for the browser."""
    built = ROOT / "_build/html"
    if not (built / "_static/python/pyodide-lock.json").is_file():
        print("The book was built without Python for the browser, which is not measured.")
        return
    (name,) = (path.stem for path in (built / "notebooks").glob(f"*-{CHAPTER}.html"))
    runs = []
    with chromium.launch() as browser, serve(built) as address:
        context = browser.new_context()
        context.set_default_timeout(chromium.HANGING)
        for cache in ("empty", "filled"):
            page = context.new_page()
            told = run(page, f"{address}notebooks/{name}.html")
            runs.append({"page": f"notebooks/{name}", "cache": cache, **told})
            page.close()
        about = {**machine(), "Chromium": browser.version}
    TARGET.write_text(json.dumps({"machine": about, "runs": runs}, indent=1) + "\n", "utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
