"""Time the statistics of many cohorts against loops of what others offer: `make bench`.

One run, one core, the same cohorts for all: `helpers.batch`, loops of lifelines, of scikit-survival
and firthmodels, and, where Rscript is installed, of R. What comes out must agree. It writes
`book/bench.json`, which the page "How this book was built" shows; times are of the processor, which
other work on the machine does not lengthen as it does those of the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from machine import machine
from numba import njit
from numpy.typing import NDArray

from helpers import batch, published, surveillance
from helpers.compiled import forget_stale
from helpers.package import write
from helpers.reconstruct import constraints, evaluation, priors
from helpers.reconstruct.sampler import COLD, COOLING, HOT, Sampler

if TYPE_CHECKING:
    from helpers.ensemble import Ensemble

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "book" / "bench.json"
Floats = NDArray[np.float64]

STATISTICS = {
    "kaplan_meier": "Kaplan–Meier at 36 months",
    "log_rank": "Log-rank test",
    "cox": "Cox, three covariates",
    "firth": "Firth, three covariates",
    "concordance": "Harrell's C",
    "maximally_selected": "Maximally selected log-rank",
}
AGREED = 1e-4
"""Largest relative difference that passes; some of the others stop their search early."""
SEED = 2023
AT = 36.0
SIZES = ["effective_size", "tail_effective_size"]


class DisagreementError(ValueError):
    """Two programs give different numbers; the message says which."""


@dataclass(frozen=True)
class Sample:
    """Random cohorts: times to a tenth of a month, two groups, an age and a number of lesions."""

    time: Floats
    event: NDArray[np.bool_]
    x: Floats

    @property
    def batch(self) -> batch.Batch:
        """The same, checked and sorted; every time that is told holds this."""
        return batch.cohorts(self.time, self.event)

    @property
    def frames(self) -> list[pd.DataFrame]:
        """The same, a table a cohort."""
        return [
            pd.DataFrame(x, columns=["x1", "x2", "x3"]).assign(time=time, event=event.astype(int))
            for time, event, x in zip(self.time, self.event, self.x, strict=True)
        ]


@dataclass
class Peer:
    """What another program took, and how far it differs.

    Attributes
    ----------
    milliseconds : float
        A cohort.
    ratio : float
        How many times as long as `helpers.batch` that is.
    difference : float
        Largest relative difference between the two.
    """

    milliseconds: float
    ratio: float
    difference: float


@dataclass
class Row:
    """A statistic: what it takes here, and what elsewhere."""

    statistic: str
    microseconds: float
    peers: dict[str, Peer] = field(default_factory=dict)


def draw(cohorts: int, patients: int) -> Sample:
    """Cohorts that look like a study's."""
    rng = np.random.default_rng(SEED)
    shape = (cohorts, patients)
    group, age = rng.random(shape) < 0.4, rng.normal(58, 11, shape).round()
    lesions = rng.integers(1, 5, shape)
    x = np.stack([group, age, lesions], axis=-1).astype(float)
    dies = rng.exponential(40 * np.exp(-0.6 * group - 0.01 * (age - 58) - 0.1 * lesions))
    leaves = rng.uniform(6, 110, shape)
    return Sample(np.minimum(dies, leaves).round(1), dies <= leaves, x)


def ours(sample: Sample) -> dict[str, Callable[[], Floats]]:
    """The statistics by `helpers.batch`, from what the others get too."""
    x = sample.x
    return {
        "kaplan_meier": lambda: batch.survival_at(sample.batch, AT).survival,
        "log_rank": lambda: batch.log_rank(sample.batch, x[..., 0]).chi2,
        "cox": lambda: batch.cox(sample.batch, x).coef,
        "firth": lambda: batch.firth(sample.batch, x, ties="breslow").coef,
        "concordance": lambda: batch.concordance(sample.batch, x[..., 1]).index,
        "maximally_selected": lambda: batch.maximally_selected(sample.batch, x[..., 1]).statistic,
    }


def lifelines_loops() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """The statistics of one cohort by lifelines."""
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import concordance_index

    def log_rank(d: pd.DataFrame) -> float:
        one = d["x1"] == 1
        test = logrank_test(d["time"][one], d["time"][~one], d["event"][one], d["event"][~one])
        return test.test_statistic

    return {
        "kaplan_meier": lambda d: KaplanMeierFitter().fit(d["time"], d["event"]).predict(AT),
        "log_rank": log_rank,
        "cox": lambda d: CoxPHFitter().fit(d, "time", "event").params_,
        "concordance": lambda d: concordance_index(d["time"], -d["x2"], d["event"]),
    }


def sksurv_loops() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """The statistics of one cohort by scikit-survival."""
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.metrics import concordance_index_censored
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv

    def kaplan_meier(d: pd.DataFrame) -> float:
        times, heights = kaplan_meier_estimator(d["event"] == 1, d["time"])
        before = np.searchsorted(times, AT, side="right") - 1
        return heights[before] if before >= 0 else 1.0

    def outcome(d: pd.DataFrame) -> Any:
        return Surv.from_arrays(d["event"] == 1, d["time"])

    def cox(d: pd.DataFrame) -> Any:
        return CoxPHSurvivalAnalysis(ties="efron").fit(d[["x1", "x2", "x3"]], outcome(d)).coef_

    return {
        "kaplan_meier": kaplan_meier,
        "log_rank": lambda d: compare_survival(outcome(d), d["x1"])[0],
        "cox": cox,
        "concordance": lambda d: concordance_index_censored(d["event"] == 1, d["time"], d["x2"])[0],
    }


def greenwood_loops() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """The statistics of one cohort by greenwood."""
    import greenwood

    def outcome(d: pd.DataFrame) -> Any:
        return greenwood.Surv(d["time"].to_numpy(), event=d["event"].to_numpy(int))

    return {
        "kaplan_meier": lambda d: greenwood.KaplanMeier().fit(outcome(d)).predict([AT])[0],
        "log_rank": lambda d: greenwood.logrank_test(outcome(d), d["x1"].to_numpy()).statistic,
        "cox": lambda d: greenwood.CoxPH().fit(outcome(d), d[["x1", "x2", "x3"]]).coef_,
        "concordance": lambda d: greenwood.concordance_index(outcome(d), d["x2"].to_numpy()),
    }


def firthmodels_loops() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """Firth's model of one cohort by firthmodels, in numpy, which needs no compilation."""
    from firthmodels import FirthCoxPH

    def firth(d: pd.DataFrame) -> Any:
        x = d[["x1", "x2", "x3"]].to_numpy()
        spread = x.std(axis=0)
        model = FirthCoxPH(backend="numpy", gtol=1e-6, xtol=1e-8, max_iter=100)
        outcome = (d["event"].to_numpy(bool), d["time"].to_numpy())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # not quite converged; that is compared
            fit = model.fit((x - x.mean(axis=0)) / spread, outcome)
            fit.lrt()
        return fit.coef_ / spread

    return {"firth": firth}


LOOPS = {
    "lifelines": lifelines_loops,
    "scikit-survival": sksurv_loops,
    "greenwood": greenwood_loops,
    "firthmodels": firthmodels_loops,
}


def taken(call: Callable[[], Any], least: float) -> tuple[float, Any]:
    """Processor seconds of a call, the mean of as many as fit into a time, and what it gave."""
    found = call()  # compiles, and fills caches
    started, calls = time.process_time(), 0
    while (spent := time.process_time() - started) < least or calls == 0:
        found = call()
        calls += 1
    return spent / calls, found


def difference(mine: Floats, theirs: Floats, what: str) -> float:
    """Largest relative difference; refuses one that is too large.

    Raises
    ------
    DisagreementError
        When it is more than `AGREED`, or only one of the two is a number.
    """
    mine, theirs = mine.reshape(len(mine), -1), theirs.reshape(len(theirs), -1)
    scale = np.maximum(np.abs(mine), np.nanmedian(np.abs(mine), axis=0))
    found = float(np.nanmax(np.abs(mine - theirs) / scale))
    if not found <= AGREED or (np.isnan(mine) != np.isnan(theirs)).any():
        raise DisagreementError(f"{what} differs by {found:g}: at most {AGREED:g} was expected")
    return found


def compare(sample: Sample, least: float) -> tuple[list[Row], dict[str, str]]:
    """Every statistic here and elsewhere, and the versions of R and its packages."""
    count, frames = len(sample.time), sample.frames
    rows, results = {}, {}
    for name, call in ours(sample).items():
        seconds, results[name] = taken(call, least)
        rows[name] = Row(STATISTICS[name], seconds / count * 1e6)

    def add(peer: str, name: str, seconds: float, theirs: Floats) -> None:
        mine, row = results[name], rows[name]
        if name == "kaplan_meier":  # where nobody is followed so long, others go on flat
            theirs = np.where(np.isnan(mine), np.nan, theirs)
        apart = difference(mine, theirs, f"{row.statistic} by {peer}")
        milliseconds = seconds / count * 1e3
        row.peers[peer] = Peer(milliseconds, milliseconds * 1e3 / row.microseconds, apart)

    for peer, loops in LOOPS.items():
        if peer == "scikit-survival" and find_spec("sksurv") is None:  # not ready-made everywhere
            print("scikit-survival is not installed: it is left out.", file=sys.stderr)
            continue
        for name, one in loops().items():
            one(frames[0])
            started = time.process_time()
            theirs = [one(frame) for frame in frames]
            add(peer, name, time.process_time() - started, np.array(theirs, float))
    versions = r_loops(frames, add)
    return list(rows.values()), versions


def r_loops(
    frames: list[pd.DataFrame], add: Callable[[str, str, float, Floats], None]
) -> dict[str, str]:
    """The loops of R, which times itself; returns its versions, none where it is not installed."""
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: R is left out.", file=sys.stderr)
        return {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pd.concat(frames, keys=range(len(frames)), names=["cohort", "patient"]).to_csv(
            place / "cohorts.csv"
        )
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", "--vanilla", str(script), folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"R is left out, since its loops failed: {done.stderr.strip()}", file=sys.stderr)
            return {}
        results, seconds = (
            pd.read_csv(place / f"{name}.csv", float_precision="round_trip")
            for name in ("results", "seconds")
        )
        for name, spent in zip(seconds["statistic"], seconds["seconds"], strict=True):
            values = results.loc[results["statistic"] == name, "value"].to_numpy()
            add("R", name, spent, values.reshape(-1, len(frames)).T)
        versions = pd.read_csv(place / "versions.csv", dtype=str)
        return dict(zip(versions["name"], versions["version"], strict=True))


def by_patients(sizes: tuple[int, ...], cohorts: int, least: float) -> list[dict[str, float]]:
    """Microseconds of a cohort by its number of patients."""
    rows = []
    for patients in sizes:
        calls = ours(draw(max(4, cohorts * sizes[0] // patients), patients))
        row: dict[str, float] = {"patients": patients}
        for name in ("kaplan_meier", "log_rank", "cox"):
            seconds, found = taken(calls[name], least)
            row[STATISTICS[name]] = seconds / len(found) * 1e6
        rows.append(row)
    return rows


@njit  # kept nowhere: numba would not see an edit of what it calls
def _evaluated(programme, root, child, owner, values, violations, times):  # type: ignore[no-untyped-def]
    for _ in range(times):
        evaluation.evaluate(programme, root, child, owner, np.inf, values, violations)


def by_constraints(steps: int, least: float) -> list[dict[str, float]]:
    """Microseconds of an evaluation in the search by how many constraints it weighs.

    They are taken in the order in which the search weighs them, the cheap ones first.
    """
    forget_stale(Path(constraints.__file__).parent)
    study, times = published.load(), 50
    layout, rng = constraints.Layout(study), np.random.default_rng(SEED)
    patients = int(str(study.entries[study.tables[layout.root].rows or ""].value))
    tables = {}
    for table in study.tables:
        tables[table] = np.zeros((patients, len(layout.columns[table])))
        for name, values in priors.draw(study, table, patients, rng).items():
            tables[table][:, layout.columns[table].index(name)] = values
    root, child = tables[layout.root], tables[layout.child or layout.root].copy()
    whole = layout.programme
    rows = []
    for count in np.unique(np.linspace(1, len(whole.what), steps).astype(int)):
        part = whole._replace(what=whole.what[:count], number=whole.number[:count])
        room = np.zeros(count), np.zeros(count)
        seconds, _ = taken(
            lambda part=part, room=room: _evaluated(  # type: ignore[misc]
                part, root, child, np.arange(patients), *room, times
            ),
            least,
        )
        last = layout.labels[count - 1]
        rows.append(
            {"constraints": int(count), "microseconds": seconds / times * 1e6, "last": last}
        )
    return rows


def by_moves(moves: int, least: float) -> list[dict[str, Any]]:
    """Microseconds of a move of a chain, looks included, and of a plain evaluation where it is.

    The peer is what a chain would cost that computed every constraint from nothing at each move.
    """
    study, times = published.load(), 20
    rows = []
    for measure, about in study.measures.items():
        sampler = Sampler(study, measure, np.random.default_rng(SEED))
        sampler.begin()
        sampler.run(COOLING, HOT, COLD)
        seconds, _ = taken(lambda: sampler.run(moves, COLD, COLD, gap=moves), least)  # noqa: B023
        programme = sampler.layout.programme
        count = len(programme.what)
        plain, _ = taken(
            lambda: _evaluated(programme, *sampler.snapshot(), *np.zeros((2, count)), times),  # noqa: B023
            least,
        )
        rows.append(
            {
                "measure": about.label,
                "moves_a_second": moves / seconds,
                "microseconds": seconds / moves * 1e6,
                "evaluation": plain / times * 1e6,
                "ratio": plain / times * moves / seconds,
            }
        )
    return rows


def by_surveillance(women: int, least: float) -> list[dict[str, Any]]:
    """Women under each schedule of scans a second, compiled and by numpy a scan at a time.

    Raises
    ------
    DisagreementError
        When a lesion is found on another date.
    """
    cells = pd.DataFrame({"lower": [0.0, 48.0], "upper": [48.0, np.inf], "patients": [9, 1]})
    sensitivity = surveillance.Sensitivity(5.0, 6.0)
    courses = surveillance.draw_courses(women, cells, surveillance.Path(5.0), 6.0, spread=0.9)
    rows = []
    for gap in (3.0, 12.0):
        scans = surveillance.every(gap)
        mine, compiled = taken(lambda: surveillance.watch(courses, scans, sensitivity), least)  # noqa: B023
        theirs, plain = taken(
            lambda: surveillance.watch(courses, scans, sensitivity, plain=True),  # noqa: B023
            least,
        )
        if (compiled.found_months != plain.found_months).any():
            raise DisagreementError(f"scans every {gap:g} months find lesions on other dates")
        rows.append(
            {
                "scans_every": gap,
                "women_a_second": women / mine,
                "numpy_women_a_second": women / theirs,
                "ratio": theirs / mine,
            }
        )
    return rows


def by_effect(drawn: Ensemble, by_move: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Independent draws of the slowest main quantity of each measure, and how many a CPU second.

    Seconds are those of as many moves as the chains took, at what a move costs here.
    """
    from helpers.ensemble import diagnostics

    found = diagnostics.agreement(drawn).set_index("quantity")
    rows = []
    for (measure, about), cost in zip(drawn.study.measures.items(), by_move, strict=True):
        sizes = found.loc[found["measure"] == measure, SIZES].min(axis=1).dropna()
        record = drawn.record[drawn.record["measure"] == measure]
        moves = (
            record["moves"].sum() + record.groupby("shard", observed=True)["burn_in"].first().sum()
        )
        rows.append(
            {
                "measure": about.label,
                "slowest": sizes.idxmin(),
                "effective": sizes.min(),
                "million_moves": moves / 1e6,
                "effective_a_second": sizes.min() / (moves * cost["microseconds"] / 1e6),
            }
        )
    return rows


def by_ensemble(cohorts: int, by_move: list[dict[str, Any]]) -> dict[str, Any] | None:
    """How fast cohorts that print everything are found and analysed, on two cores, by the clock.

    None where `helpers.ensemble` cannot draw. Analysed: every printed number is verified in every
    cohort, and every quantity that none fixes is computed.
    """
    from helpers import ensemble

    if not hasattr(ensemble, "draw"):
        return None
    study = published.load()
    plan = ensemble.Plan(study, cohorts, SEED, tuple(study.measures))
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        drawn = ensemble.draw(plan, Path(folder), workers=2)
        found = time.perf_counter()
        verdict = ensemble.verify(drawn)
        ensemble.unprinted(drawn)
        done = time.perf_counter()
    if not verdict.passed:
        raise DisagreementError(f"{len(verdict.failures)} printed numbers differ in the ensemble")
    return {
        "cohorts": cohorts,
        "workers": 2,
        "by_effect": by_effect(drawn, by_move),
        "seconds_to_find": found - started,
        "cohorts_a_second": cohorts / (found - started),
        "seconds_to_analyse": done - found,
        "seconds": done - started,
    }


def rounded(value: Any) -> Any:
    """Figures to three digits, in whatever holds them."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value


def bench(quick: bool) -> dict[str, Any]:
    """All that goes into the file."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    least, cohorts, patients = (0.01, 8, 56) if quick else (1.0, 200, 56)
    core = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if core:
        os.sched_setaffinity(0, {max(core)})
    with threadpool_limits(1):
        rows, versions = compare(draw(cohorts, patients), least)
    sizes = (50, 100) if quick else (50, 100, 200, 500, 1000, 2000)
    found: dict[str, Any] = {
        "cohorts": cohorts,
        "patients": patients,
        "statistics": [asdict(row) for row in rows],
        "by_patients": by_patients(sizes, 4 if quick else 400, least),
        "by_constraints": by_constraints(3 if quick else 8, least),
        "by_moves": by_moves(20_000 if quick else 1_000_000, least),
        "by_surveillance": by_surveillance(2_000 if quick else 100_000, least),
    }
    if core:
        os.sched_setaffinity(0, core)
    if not quick and (drawn := by_ensemble(2000, found["by_moves"])) is not None:
        found["by_effect"] = drawn.pop("by_effect")
        found["ensemble"] = drawn
    packages = ("numba", "numpy", "lifelines", "scikit-survival", "greenwood", "firthmodels")
    compared = [name for name in packages if name != "scikit-survival" or find_spec("sksurv")]
    known = {name: metadata.version(name) for name in compared}
    return rounded({"machine": {**machine(), **known, **versions}, **found})


def table(found: dict[str, Any]) -> str:
    """What was found, to be read in a terminal."""
    lines = [f"{found['cohorts']} cohorts of {found['patients']} patients, one core", ""]
    for row in found["statistics"]:
        lines.append(f"{row['statistic']:<30}{row['microseconds']:>10g} µs")
        for peer, other in row["peers"].items():
            told = f"{other['milliseconds']:>10g} ms{other['ratio']:>12,.0f} times as long"
            lines.append(f"  {peer:<28}{told}, largest difference {other['difference']:.0e}")
    for name, title in (
        ("by_patients", "Growth with patients"),
        ("by_constraints", "and constraints"),
        ("by_moves", "A move of a chain, and an evaluation from nothing"),
        ("by_effect", "Effective draws of the slowest quantity"),
        ("by_surveillance", "Women under a schedule of scans, compiled and by numpy"),
    ):
        if name not in found:
            continue
        lines += [
            "",
            f"{title}{', µs' * (name not in ('by_effect', 'by_surveillance'))}:",
            pd.DataFrame(found[name]).to_string(index=False),
        ]
    if "ensemble" in found:
        ensemble = [f"  {name}: {value:g}" for name, value in found["ensemble"].items()]
        lines += ["", "Cohorts that print everything, found and analysed:", *ensemble]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Time all, show the ratios, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few cohorts; writes only with --out")
    parser.add_argument("--out", type=Path, help="where to write (book/bench.json)")
    asked = parser.parse_args(arguments)
    try:
        found = bench(asked.quick)
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed; it is in the group bench.", file=sys.stderr)
        return 2
    except DisagreementError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(found))
    target = asked.out or (None if asked.quick else TARGET)
    if target is not None:
        try:
            text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
            write(target.parent, {target.name: text.encode()})
        except OSError as error:
            print(f"{target} cannot be written: {error.strerror}", file=sys.stderr)
            return 2
        print(f"\nWrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
