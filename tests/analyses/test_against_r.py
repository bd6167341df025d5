"""Survival statistics against R, from frozen results; `make reference` computes them again.

`tests/reference/*.R` wrote the JSON files. Each records the versions of R and its packages, and the
SHA-256 of every input and script, so that a result of other bytes is not taken for a reference.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from math import inf, isfinite, log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, ExponentialFitter, KaplanMeierFitter, WeibullFitter
from lifelines.statistics import multivariate_logrank_test

from helpers import cohort, estimates, prognosis, published, survival

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference"
RELATIVE = 1e-6
SETS = ("lung", "rossi", "aml", "mgus2", "edges", "cohort")
TIGHT = {"precision": 1e-16, "r_precision": 1e-16}
INTERVALS = ("plain", "log", "log-log")


@cache
def frozen(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def covariates(patients):
    """The covariates of the multivariable model as `survival.R` makes them, without the YAML."""
    return pd.DataFrame(
        {
            "size_over_15_mm": patients["max_diameter_mm"] > 15,
            "supraclavicular": patients["site"] == "supraclavicular",
            "n_lesions": patients["n_lesions"],
            "regional_recurrence": patients["regional_recurrence"],
            "years_to_oligometastasis": patients["months_to_oligometastasis"] / 12,
            "age_decades": patients["age_years"] / 10,
        }
    ).astype(float)


@cache
def frame(name, analysis):
    """The rows of an analysis, with the columns that its specification names."""
    if name != "cohort":
        rows = pd.read_csv(FOLDER / f"{name}.csv")
        return rows.assign(any=(rows["cause"] > 0).astype(int)) if name == "mgus2" else rows
    patients = cohort.load(published.DATA / "cohort").patients
    design = covariates(patients)
    if analysis.startswith("overall survival"):
        return design.join(patients[["follow_up_months", "died"]])
    time, event = {
        "local recurrence": ("local_time_months", "local_recurrence"),
        "new progression": ("progression_time_months", "progressed"),
    }[analysis]
    rows = patients[[time, event]].set_axis(["time", "event"], axis=1)
    rows["cause"] = np.where(rows["event"] == 1, 1, 2 * patients["died"])
    return design.join(rows)


def cases(part=None):
    """Every analysis, or those that have a part."""
    return [
        pytest.param(name, analysis, id=f"{name}: {analysis}")
        for name in SETS
        for analysis, found in frozen(name)["analyses"].items()
        if part is None or found.get(part) is not None
    ]


def groups(name, analysis):
    """Durations, events and R's results for each group, and for everybody."""
    reference, rows = frozen(name)["analyses"][analysis], frame(name, analysis)
    spec = reference["spec"]
    for label, found in reference["groups"].items():
        if spec["group"] is None:
            continue  # everyone, below
        column = rows[spec["group"]]
        mine = rows[column == (label if column.dtype == object else float(label))]
        yield f"{spec['group']} {label}", mine[spec["time"]], mine[spec["event"]], found
    yield "everyone", rows[spec["time"]], rows[spec["event"]], reference["everyone"]


class Comparison:
    """Collects numbers that differ, so that one failure names them all."""

    def __init__(self, where):
        self.where, self.wrong, self.count = where, [], 0

    def number(self, what, found, expected, scale=None):
        self.count += 1
        found = float(found)
        if expected is None or not isfinite(expected):  # NA in R
            if isfinite(found):
                self.wrong.append(f"{what}: {found!r} here, none in R")
            return
        if not abs(found - expected) <= RELATIVE * (abs(expected) if scale is None else scale):
            self.wrong.append(f"{what}: {found!r} here, {expected!r} in R")

    def numbers(self, what, found, expected, scale=None):
        found = list(found)
        assert len(found) == len(expected), f"{what}: {len(found)} here, {len(expected)} in R"
        for place, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
            self.number(f"{what} [{place}]", mine, theirs, scale)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.count, f"{self.where}: nothing was compared"
            if self.wrong:  # without pytest's repetition of the list
                raise AssertionError(f"{self.where}: " + "; ".join(self.wrong))


def scale_of(values: Iterable[float]) -> float:
    """Largest size in a column, against which a residual near 0 is judged."""
    return max(abs(value) for value in values)


@pytest.mark.parametrize("name", [*SETS, "onset"])
def test_references_belong_to_these_bytes(name):
    provenance = frozen(name)["provenance"]
    for path, recorded in {**provenance["inputs"], **provenance["scripts"]}.items():
        found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        assert found == recorded, f"{path} changed since R computed {name}.json: make reference"
    assert provenance["inputs"], f"{name}.json names no input"
    assert set(provenance["packages"]) == {"survival", "cmprsk", "jsonlite"}


def test_without_r_it_says_so_and_fails():
    bash = shutil.which("bash")
    run = subprocess.run(
        [bash, FOLDER / "run.sh"], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "Rscript was not found, nothing was computed" in run.stderr


def test_cells_of_onset_are_the_printed_ones():
    entries = published.load().entries
    within = [entries[f"within-{year}y"].value for year in (1, 2, 3, 4)]
    counts = pd.read_csv(FOLDER / "onset.csv")["patients"]
    assert counts.cumsum().tolist() == [*within, entries["n-patients"].value]


def test_references_come_from_one_r():
    versions = {
        (found["r"], *found["packages"].values())
        for found in (frozen(name)["provenance"] for name in [*SETS, "onset"])
    }
    assert len(versions) == 1, f"several versions of R: {versions}; make reference"


@pytest.mark.parametrize(("name", "analysis"), cases())
def test_kaplan_meier(name, analysis):
    with Comparison(name) as compare:
        for label, time, event, reference in groups(name, analysis):
            fit = KaplanMeierFitter().fit(time, event)
            table = survival.at_risk_table(time, event, [at["time"] for at in reference["at"]])
            for at, (_, counts) in zip(reference["at"], table.iterrows(), strict=True):
                where = f"{label}, time {at['time']:g}"
                compare.number(f"{where}, at risk", counts["at_risk"], at["at_risk"])
                compare.number(f"{where}, at risk (survfit)", counts["at_risk"], at["n_risk"])
                compare.number(f"{where}, events", counts["events"], at["n_event"])
                compare.number(f"{where}, censored", counts["censored"], at["n_censor"])
                if at["survival"] is not None:
                    compare.number(f"{where}, lifelines", fit.predict(at["time"]), at["survival"])
                for kind in INTERVALS:
                    mine = survival.survival_at(time, event, at["time"], interval=kind)
                    compare.number(f"{where}, estimate", mine.estimate, at["survival"])
                    compare.numbers(
                        f"{where}, {kind} interval", [mine.lower, mine.upper], at["intervals"][kind]
                    )


@pytest.mark.parametrize(("name", "analysis"), cases())
def test_medians(name, analysis):
    with Comparison(name) as compare:
        for label, time, event, reference in groups(name, analysis):
            for kind in INTERVALS:
                mine = survival.median_survival(time, event, interval=kind)
                theirs = reference["median"]
                compare.number(f"{label}, median", mine.estimate, theirs["estimate"])
                compare.numbers(
                    f"{label}, {kind} interval of the median",
                    [mine.lower, mine.upper],
                    theirs["intervals"][kind],
                )
            follow_up = survival.follow_up_median(time, event).estimate
            compare.number(f"{label}, median follow-up", follow_up, reference["reverse_median"])


@pytest.mark.parametrize(("name", "analysis"), cases())
def test_restricted_means(name, analysis):
    horizon = frozen(name)["analyses"][analysis]["spec"]["horizon"]
    with Comparison(name) as compare:
        for label, time, event, reference in groups(name, analysis):
            mine = survival.rmst(time, event, horizon)
            compare.number(
                f"{label}, mean to {horizon}", mine.estimate, reference["rmst"]["estimate"]
            )
            compare.number(f"{label}, its standard error", mine.se, reference["rmst"]["se"])


@pytest.mark.parametrize(("name", "analysis"), cases("logrank"))
def test_log_rank(name, analysis):
    reference, rows = frozen(name)["analyses"][analysis], frame(name, analysis)
    spec = reference["spec"]
    mine = multivariate_logrank_test(rows[spec["time"]], rows[spec["group"]], rows[spec["event"]])
    with Comparison(name) as compare:
        compare.number("log-rank chi-squared", mine.test_statistic, reference["logrank"]["chisq"])
        compare.number("log-rank p", mine.p_value, reference["logrank"]["p"])


@pytest.mark.parametrize(("name", "analysis"), cases("compared"))
def test_log_rank_by_hand(name, analysis):
    """Expected deaths and variance by the formulas of the chapter on overall survival."""
    reference = frozen(name)["analyses"][analysis]["logrank"]
    (_, *first, _), (_, *second, _), _ = groups(name, analysis)
    time, event = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    in_first = np.arange(time.size) < len(first[0])
    expected, variance = np.zeros(2), 0.0
    for month in np.unique(time[event == 1]):
        at_risk = time >= month
        a, d = at_risk.sum(), event[time == month].sum()
        p = in_first[at_risk].mean()
        expected += d * np.array([p, 1 - p])
        if a > 1:
            variance += d * p * (1 - p) * (a - d) / (a - 1)
    with Comparison(name) as compare:
        compare.number("variance", variance, reference["variance"])
        for mine, theirs in zip(expected, reference["expected"], strict=True):
            compare.number("expected", mine, theirs)


@pytest.mark.parametrize(("name", "analysis"), cases("compared"))
def test_comparison_at_a_time(name, analysis):
    reference = frozen(name)["analyses"][analysis]["compared"]
    (_, *first, _), (_, *second, _), _ = groups(name, analysis)
    mine = survival.compare_at(*first, *second, time=reference["time"])
    with Comparison(name) as compare:
        compare.number("chi-squared", mine.statistic, reference["chisq"])
        compare.number("p", mine.p_value, reference["p"])
        compare.number("difference", mine.difference, reference["difference"])
        for end, bound in zip((mine.lower, mine.upper), reference["interval"], strict=True):
            compare.number("interval of the difference", end, bound)


def fitted(name, analysis, terms):
    spec, rows = frozen(name)["analyses"][analysis]["spec"], frame(name, analysis)
    rows = rows[[spec["time"], spec["event"], *terms]]
    return rows, CoxPHFitter().fit(rows, spec["time"], spec["event"], fit_options=TIGHT)


def cox_models(name, analysis):
    """R's multivariable model and its univariable ones, with lifelines' fits."""
    reference = frozen(name)["analyses"][analysis]
    for model in [reference["cox"], *reference["single"]]:
        yield ", ".join(model["terms"]), model, *fitted(name, analysis, model["terms"])


@pytest.mark.parametrize(("name", "analysis"), cases("cox"))
def test_cox_model(name, analysis):
    with Comparison(name) as compare:
        for label, model, _, fit in cox_models(name, analysis):
            compare.numbers(f"{label}: coefficient", fit.params_, model["coef"])
            compare.numbers(f"{label}: standard error", fit.standard_errors_, model["se"])
            compare.numbers(f"{label}: p", fit.summary["p"], model["p"])
            compare.number(f"{label}: log likelihood", fit.log_likelihood_, model["loglik"][1])
            compare.number(f"{label}: C", fit.concordance_index_, model["concordance"])


@pytest.mark.parametrize(("name", "analysis"), cases("cox"))
def test_proportional_hazards(name, analysis):
    with Comparison(name) as compare:
        for label, model, rows, fit in cox_models(name, analysis):
            for transform, reference in model["zph"].items():
                mine = prognosis.proportional_hazards_test(fit, rows, transform)
                where = f"{label}: {transform}"
                assert list(mine.table["term"]) == reference["terms"], where
                compare.numbers(f"{where} chi-squared", mine.table["chisq"], reference["chisq"])
                compare.numbers(f"{where} p", mine.table["p"], reference["p"])
                if "transformed" in reference:
                    moments, theirs = mine.residuals["transformed_time"], reference["transformed"]
                    compare.numbers(f"{where} time", moments, theirs, scale_of(theirs))
            if residuals := model.get("residuals"):
                mine = prognosis.proportional_hazards_test(fit, rows).residuals
                compare.numbers("time of residuals", mine["time"], residuals["time"])
                for term, theirs in residuals["scaled"].items():
                    compare.numbers(f"residual of {term}", mine[term], theirs, scale_of(theirs))


@pytest.mark.parametrize(("name", "analysis"), cases("firth"))
def test_firth(name, analysis):
    reference, rows = frozen(name)["analyses"][analysis], frame(name, analysis)
    spec, theirs = reference["spec"], reference["firth"]
    mine = prognosis.firth(rows[spec["covariates"]], rows[spec["time"]], rows[spec["event"]])
    with Comparison(name) as compare:
        assert list(mine["term"]) == theirs["terms"]
        for column in ("coef", "se", "p"):
            compare.numbers(column, mine[column], theirs[column])
        for column in ("lower", "upper"):
            compare.numbers(column, mine[column], np.exp(theirs[column]))


@pytest.mark.parametrize(("name", "analysis"), cases("incidence"))
def test_cumulative_incidence(name, analysis):
    reference, rows = frozen(name)["analyses"][analysis], frame(name, analysis)
    spec, theirs = reference["spec"], reference["incidence"]
    mine = survival.cumulative_incidence(rows[spec["time"]], rows[spec["cause"]])
    assert sorted(mine["cause"].unique()) == theirs["causes"]
    with Comparison(name) as compare:
        for place, cause in enumerate(theirs["causes"]):
            curve = mine[(mine["cause"] == cause) & mine["time"].isin(theirs["time"])]
            compare.numbers("time", curve["time"], theirs["time"], scale_of(theirs["time"]))
            for column in ("estimate", "se", "lower", "upper"):
                compare.numbers(f"cause {cause}, {column}", curve[column], theirs[column][place])
            gray = theirs["cmprsk"]
            at = survival.incidence_at(mine[mine["cause"] == cause], gray["times"])
            for moment, estimate, value in zip(
                gray["times"], at["estimate"], gray["estimate"][place], strict=True
            ):
                if value is not None:  # cmprsk gives nothing before the first time
                    compare.number(f"cause {cause} at {moment:g}, cmprsk", estimate, value)


@pytest.mark.parametrize(
    ("law", "fitter", "options"),
    [
        ("exponential", ExponentialFitter, {}),
        ("weibull", WeibullFitter, {"fit_options": {"ftol": 1e-16, "gtol": 1e-10}}),
    ],
)
def test_interval_censored_law(law, fitter, options):
    cells, reference = pd.read_csv(FOLDER / "onset.csv"), frozen("onset")[law]
    mine = fitter().fit_interval_censoring(
        cells["lower"], cells["upper"], weights=cells["patients"], **options
    )
    with Comparison(law) as compare:
        compare.number("log likelihood", mine.log_likelihood_, reference["loglik"])
        for name in mine.params_.index:
            key = name.rstrip("_")
            compare.number(name, mine.params_[name], reference[key])
            compare.number(f"{name} se", mine.summary.loc[name, "se(coef)"], reference[f"{key}_se"])


def test_yearly_hazards():
    cells, reference = pd.read_csv(FOLDER / "onset.csv"), frozen("onset")
    mine = survival.yearly_hazards(cells["lower"], cells["upper"], cells["patients"])
    with Comparison("yearly hazards") as compare:
        compare.numbers("at risk", mine["at_risk"], reference["at_risk"])
        closed = mine[np.isfinite(mine["upper_months"])]
        for row, (low, high) in zip(closed.itertuples(), reference["limits"], strict=False):
            where = f"from month {row.lower_months:g}"
            compare.number(f"{where}, hazard", row.hazard, -log(1 - row.events / row.at_risk))
            compare.number(f"{where}, lower", row.lower, -log(1 - low))
            compare.number(f"{where}, upper", row.upper, -log(1 - high))


def test_exact_rates():
    reference = frozen("onset")
    with Comparison("exact rates") as compare:
        for known in reference["all_of"]:
            n = known["n"]
            mine = survival.exact_rate_at([40.0] * n, [0] * n, 36)
            compare.number(f"{n} of {n}, upper", mine.upper, known["two_sided"][1])
            compare.number(f"{n} of {n}, lower", mine.lower, known["two_sided"][0])
            compare.number(f"{n} of {n}, failures", mine.failure_upper, 1 - known["one_sided"][0])


def test_a_number_that_differs_is_named():
    compare = Comparison("aml")
    compare.number("median", 1.00001, 1.0)
    compare.number("mean", 1.0000001, 1.0)
    compare.number("no median", inf, None)
    compare.number("lower", 3.0, None)
    assert compare.wrong == ["median: 1.00001 here, 1.0 in R", "lower: 3.0 here, none in R"]
    with pytest.raises(AssertionError, match=r"aml: median: 1\.00001 here, 1\.0 in R; lower"):
        compare.__exit__(None)


def test_the_model_of_the_scorecard_is_the_one_that_r_fitted():
    shipped = cohort.load(published.DATA / "cohort")
    rows = covariates(shipped.patients).join(shipped.patients[["follow_up_months", "died"]])
    mine = CoxPHFitter().fit(rows, "follow_up_months", "died", fit_options=TIGHT)
    theirs = estimates.cox(shipped, "multivariable")
    assert theirs.params_.to_numpy() == pytest.approx(mine.params_.to_numpy(), rel=1e-6)
