"""Python beside R: the frozen reference, its values by Python, the table of conventions, the tabs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import textwrap
from pathlib import Path

import books
import builder
import clean
import numpy as np
import pandas as pd
import pytest
import site_under_test
from lifelines import CoxPHFitter, KaplanMeierFitter, NelsonAalenFitter
from lifelines.plotting import add_at_risk_counts
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times, qth_survival_times
from matplotlib.figure import Figure
from playwright.sync_api import Browser
from scipy.special import expit, logit
from scipy.stats import norm
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from helpers import cohort, figures, prognosis, published, side_by_side, survival

ROOT = Path(__file__).parents[2]
FILE = published.DATA / side_by_side.FILE
SCRIPT = ROOT / "tests" / "reference" / "side_by_side.R"
CHAPTER = ROOT / "notebooks" / f"{books.chapter('python-and-r-side-by-side')}.ipynb"
WITHIN = 1e-6
TOLD = json.loads(FILE.read_text(encoding="utf-8"))
TIGHT = {"precision": 1e-16, "r_precision": 1e-16}
YEARS = [12, 24, 36]

patients = cohort.load(published.DATA / "cohort").patients
months, died = patients["follow_up_months"], patients["died"]
factors = pd.DataFrame(
    {
        "large": patients["max_diameter_mm"] > 15,
        "neck": patients["site"] == "supraclavicular",
    }
).astype(float)


# The reference


@pytest.mark.parametrize("part", ["inputs", "scripts"])
def test_the_reference_belongs_to_these_bytes(part):
    found = TOLD["provenance"][part]
    assert found
    for path, digest in found.items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, (
            f"{path} changed since R wrote {FILE.name}: make reference"
        )


def test_both_tables_and_the_script_are_among_them():
    recorded = {*TOLD["provenance"]["inputs"], *TOLD["provenance"]["scripts"]}
    assert {"data/cohort/patients.csv", "data/cohort/lesions.csv"} <= recorded
    assert SCRIPT.relative_to(ROOT).as_posix() in recorded


def test_a_reference_of_another_cohort_is_refused(tmp_path):
    stale = json.loads(FILE.read_text(encoding="utf-8"))
    stale["provenance"]["inputs"]["data/cohort/lesions.csv"] = "0" * 64
    path = tmp_path / "stale.json"
    path.write_text(json.dumps(stale))
    with pytest.raises(side_by_side.StaleReferenceError, match=r"lesions\.csv has changed"):
        side_by_side.load(path)


def test_make_reference_writes_it():
    assert SCRIPT.name in (SCRIPT.parent / "run.sh").read_text()


@pytest.mark.parametrize("name", TOLD["blocks"])
def test_what_is_shown_is_what_was_run(name):
    """Line by line the code of the script, between the braces of its block."""
    code = TOLD["blocks"][name]["code"]
    script = SCRIPT.read_text(encoding="utf-8")
    assert f'block("{name}", {{\n{textwrap.indent(code, "  ")}\n}}, ' in script
    shown = side_by_side.load().show(name).data
    assert code in shown
    assert TOLD["blocks"][name]["printed"] in shown


def test_code_fits_a_narrow_page():
    wide = [
        line
        for block in TOLD["blocks"].values()
        for line in block["code"].splitlines()
        if len(line) > 79
    ]
    assert not wide


def test_values_are_set_beside_each_other():
    reference = side_by_side.load()
    values = reference["curve"]["survival"]
    found = reference.beside("curve", survival=np.array(values) + [0, 0, 0.2])
    assert list(found["quantity"]) == ["Survival (1)", "Survival (2)", "Survival (3)"]
    assert list(found["apart"]) == ["0e+00", "0e+00", "2e-01"]
    with pytest.raises(ValueError, match="3 numbers in R, 1 here"):
        reference.beside("curve", survival=0.5)


# Its values by Python, under the same convention


def _data():
    rows = json.loads(FILE.read_text())["blocks"]["data"]["numbers"]
    assert rows["patients"] == len(patients)
    return {
        "patients": len(patients),
        "deaths": died.sum(),
        "neck": factors["neck"].sum(),
        "large": factors["large"].sum(),
        "diameters": patients["max_diameter_mm"].sum(),
    }


def _curve():
    fit = KaplanMeierFitter().fit(months, died)
    band = fit.confidence_interval_.asof(YEARS).to_numpy()
    se = [survival_and_se(month)[1] for month in YEARS]
    return {
        "survival": fit.predict(YEARS),
        "se": se,
        "lower": band[:, 0],
        "upper": band[:, 1],
    }


def survival_and_se(month):
    """Kaplan and Meier's product, and Greenwood's sum, without a library."""
    survived, total = 1.0, 0.0
    for time in sorted(set(months[(died == 1) & (months <= month)])):
        deaths, at_risk = ((months == time) & (died == 1)).sum(), (months >= time).sum()
        survived *= 1 - deaths / at_risk
        total += deaths / (at_risk * (at_risk - deaths))
    return survived, survived * total**0.5


def _intervals():
    s, se = survival_and_se(36)
    z = norm.ppf(0.975)
    around = np.array([-1, 1])
    log_log = np.log(-np.log(s)) - around * z * se / (s * np.log(s))
    return {
        "plain": s + around * z * se,
        "log": s * np.exp(around * z * se / s),
        "log-log": np.sort(np.exp(-np.exp(log_log))),
        "arcsin": np.sin(np.arcsin(s**0.5) + around * z * se / (2 * (s * (1 - s)) ** 0.5)) ** 2,
        "logit": expit(logit(s) + around * z * se / (s * (1 - s))),
    }


def _default():
    at = survival.survival_at(months, died, 36, interval="log")
    median = survival.median_survival(months, died, interval="log")
    return {"lower": at.lower, "upper": at.upper, "median_lower": median.lower}


def _median():
    fit = KaplanMeierFitter().fit(months, died)
    band = fit.confidence_interval_
    quarter = qth_survival_times(0.75, band).to_numpy()[0]
    half = median_survival_times(band).to_numpy()[0]
    return {
        "quartile": qth_survival_times(0.75, fit.survival_function_),
        "median": fit.median_survival_time_,
        "lower": [quarter[0], half[0]],
        "upper": [quarter[1], half[1]],
    }


def _at_risk():
    first = months[died == 1].min()
    return {
        "first_death": first,
        "at_risk": survival.at_risk_table(months, died, [first, *YEARS])["at_risk"],
    }


def _nelson_aalen():
    together = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(months, died)
    deaths = months[died == 1]
    variance = [
        sum(
            (deaths == time).sum() / (months >= time).sum() ** 2
            for time in set(deaths[deaths <= month])
        )
        for month in YEARS
    ]
    return {
        "cumulative_hazard": together.predict(YEARS),
        "se": np.sqrt(variance),
        "survival": np.exp(-together.predict(YEARS)),
        "ties_apart": NelsonAalenFitter().fit(months, died).predict(YEARS),
    }


def _log_rank():
    neck = factors["neck"] == 1
    test = logrank_test(months[neck], months[~neck], died[neck], died[~neck])
    expected = np.zeros(2)
    for time in months[died == 1].unique():
        at_risk = np.array([((months >= time) & ~neck).sum(), ((months >= time) & neck).sum()])
        expected += ((months == time) & (died == 1)).sum() * at_risk / at_risk.sum()
    return {"statistic": test.test_statistic, "p": test.p_value, "expected": expected}


def cox_model(times=months, **options):
    data = factors.assign(months=times, died=died)
    return CoxPHFitter().fit(data, "months", "died", fit_options=TIGHT, **options)


def _cox():
    fit = cox_model()
    ratios = fit.summary
    return {
        "coefficient_by_default": fit.params_,
        "coefficient": fit.params_,
        "se": fit.standard_errors_,
        "lower": ratios["exp(coef) lower 95%"],
        "upper": ratios["exp(coef) upper 95%"],
        "p": ratios["p"],
        "log_likelihood": fit.log_likelihood_,
    }


def _ties():
    years = np.ceil(months / 12)
    return {
        rule: PHReg(years, factors, died, ties=rule).fit().params for rule in ("efron", "breslow")
    }


def _robust():
    untied = cox_model(months + np.arange(1, len(months) + 1) / 1e6, robust=True)
    return {"robust": sandwich_by_efron(), "untied": untied.standard_errors_}


def sandwich_by_efron():
    """Score residuals with Efron's shares of those who die together; no Python library has them."""
    fit, x = cox_model(), factors.to_numpy()
    weight = np.exp(x @ fit.params_.to_numpy())
    scores = np.zeros_like(x)
    for time in months[died == 1].unique():
        dying = ((months == time) & (died == 1)).to_numpy()
        at_risk = (months >= time).to_numpy()
        count = dying.sum()
        for k in range(count):
            share = np.where(dying, 1 - k / count, 1.0) * at_risk
            total = (share * weight).sum()
            mean = (share * weight) @ x / total
            scores += dying[:, None] * (x - mean) / count
            scores -= (share * weight / total)[:, None] * (x - mean)
    moved = scores @ fit.variance_matrix_.to_numpy()
    return np.sqrt((moved**2).sum(axis=0))


def _proportional():
    fit = cox_model()
    table = prognosis.proportional_hazards_test(fit, factors.assign(months=months, died=died)).table
    return {"statistic": table["chisq"], "p": table["p"]}


def _firth():
    found = prognosis.firth(factors, months, died)
    return {
        "coef": found["coef"],
        "lower": np.log(found["lower"]),
        "upper": np.log(found["upper"]),
        "p": found["p"],
    }


def _spline():
    data = pd.DataFrame(
        {"mm": patients["max_diameter_mm"].astype(float), "months": months, "died": died}
    )
    knots = np.quantile(data["mm"], [1 / 3, 2 / 3])

    def fit(at):
        return CoxPHFitter().fit(
            data,
            "months",
            "died",
            formula=f"cr(mm, knots={list(map(float, at))}, constraints='center')",
            fit_options=TIGHT,
        )

    bend = fit([12, 20])
    at = pd.DataFrame({"mm": [10.0, 20.0, 30.0]})
    return {
        "log_likelihood": bend.log_likelihood_,
        "log_ratios": np.diff(bend.predict_log_partial_hazard(at)),
        "by_df_knots": knots,
        "by_df_log_likelihood": fit(knots).log_likelihood_,
    }


def _follow_up():
    found = survival.follow_up_median(months, died)
    return {
        "median": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
        "plain": months.median(),
    }


def _aalen_johansen():
    came = np.where(patients["progressed"] == 1, 1, 2 * died)
    both = CumIncidenceRight(patients["progression_time_months"], came)
    place = np.searchsorted(both.times, YEARS, side="right") - 1
    return {
        "progression": both.cinc[0][place],
        "death": both.cinc[1][place],
        "se": both.cinc_se[0][place],
    }


def _aalen_johansen_ties():
    first, second = CumIncidenceRight(
        pd.Series([1, 1, 1, 2, 2, 3]), pd.Series([1, 2, 0, 1, 2, 0])
    ).cinc
    return {"first": first, "second": second}


BY_PYTHON = {
    "data": _data,
    "curve": _curve,
    "intervals": _intervals,
    "default": _default,
    "median": _median,
    "half": lambda: {"median": survival.median_survival([2, 4, 6, 8], [1] * 4).estimate},
    "at-risk": _at_risk,
    "nelson-aalen": _nelson_aalen,
    "follow-up": _follow_up,
    "log-rank": _log_rank,
    "cox": _cox,
    "ties": _ties,
    "robust": _robust,
    "proportional": _proportional,
    "firth": _firth,
    "spline": _spline,
    "aalen-johansen": _aalen_johansen,
    "aalen-johansen-ties": _aalen_johansen_ties,
    "restricted-mean": lambda: vars(survival.rmst(months, died, 36)),
}


def test_every_block_has_its_python():
    assert set(BY_PYTHON) == set(TOLD["blocks"])


@pytest.mark.parametrize("name", TOLD["blocks"])
def test_python_gives_what_r_gives(name):
    theirs, mine = TOLD["blocks"][name]["numbers"], BY_PYTHON[name]()
    assert set(mine) == set(theirs), f"{name}: other values than R's"
    wrong = []
    for value, expected in theirs.items():
        found = np.atleast_1d(np.asarray(mine[value], dtype=float))
        wanted = np.atleast_1d(np.asarray(expected, dtype=float))
        assert np.isfinite(wanted).all(), f"{name}, {value}: R has no number"
        assert found.shape == wanted.shape, f"{name}, {value}: {found} here, {wanted} in R"
        if not np.all(np.abs(found - wanted) <= WITHIN * np.maximum(np.abs(wanted), 1e-3)):
            wrong.append(f"{value}: {found} here, {wanted} in R")
    assert not wrong, f"{name}: {'; '.join(wrong)}"


# The chapter

ASKED_FOR = {
    "Interval of a curve": 3,
    "Median at one half": 0,
    "Interval of a quantile": 1,
    "At risk": 0,
    "Cumulative hazard": 4,
    "Ties in a Cox model": 3,
    "Convergence": 7,
    "Robust variance": 4,
    "Proportional hazards": 3,
    "Spline of three degrees": 3,
    "Aalen–Johansen": 3,
    "Restricted mean": 2,
    "Follow-up": 1,
}
"""Conventions, with the decimals in which their difference has to be seen."""

_RUN = """
import sys
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
for cell in nbformat.read(sys.argv[1], as_version=4).cells:
    if cell.cell_type == "code":
        with capture_output() as said:
            result = shell.run_cell(cell.source)
        result.raise_error()
        if said.stderr:
            sys.exit("on standard error: " + said.stderr)
print(shell.user_ns["conventions"].to_json(orient="records"))
"""


@pytest.fixture(scope="module")
def conventions(tmp_path_factory) -> pd.DataFrame:
    """The table as the chapter makes it, in a book on another cohort."""
    folder = tmp_path_factory.mktemp("run")
    other = books.other_cohort(folder / "ward-seven")
    program = folder / "run.py"
    program.write_text(_RUN)
    surroundings = clean.surroundings(IPYTHONDIR=str(folder), MPLBACKEND="agg", COHORT=str(other))
    done = builder.run(program, [CHAPTER], folder, surroundings)
    assert done.returncode == 0, done.stderr
    return pd.DataFrame(json.loads(done.stdout.splitlines()[-1]))


def test_every_convention_has_a_row(conventions):
    assert set(conventions["convention"]) == set(ASKED_FOR)
    for column in ("what", "by", "why", "to_agree"):
        assert conventions[column].str.len().gt(3).all(), column


def test_each_row_shows_a_difference(conventions):
    for row in conventions.to_dict("records"):
        places = ASKED_FOR[row["convention"]]
        assert row["decimals"] == places
        assert round(row["gives"], places) != round(row["R_gives"], places), row["convention"]


def test_the_values_of_r_are_those_of_the_reference(conventions):
    numbers = [
        value
        for block in TOLD["blocks"].values()
        for given in block["numbers"].values()
        for value in np.atleast_1d(given)
    ]
    for row in conventions.to_dict("records"):
        distance = min(abs(row["R_gives"] - value) for value in numbers)
        assert distance < 1e-8, f"{row['convention']}: R did not give {row['R_gives']}"


def test_numbers_at_risk_are_those_that_lifelines_draws():
    """The chapter computes them without a drawing."""
    fit = KaplanMeierFitter().fit(months, died)
    asked = [months[died == 1].min(), *YEARS]
    for of_start, column in ((False, "at_risk - removed"), (True, "at_risk")):
        drawing = Figure()
        ax = drawing.add_subplot()
        fit.plot_survival_function(ax=ax)
        ax.set_xlim(0, 40)
        ax.set_xticks(asked)
        add_at_risk_counts(
            fit,
            ax=ax,
            fig=drawing,
            rows_to_show=["At risk"],
            at_risk_count_from_start_of_period=of_start,
        )
        under = drawing.axes[-1].get_xticklabels()
        drawn = [int(re.findall(r"\d+", label.get_text())[-1]) for label in under]
        assert drawn == list(fit.event_table.eval(column).asof(asked))


def test_the_figure_of_intervals_says_its_numbers():
    table = pd.DataFrame(
        {
            "interval": ["plain", "log"],
            "lower": [0.25, 0.375],
            "upper": [0.75, 0.875],
            "lower_in_R": [0.25, 0.375],
            "upper_in_R": [0.75, 0.875],
        }
    )
    figure = figures.interval_kinds(table, 0.5, x_label="survival")
    assert figure.alt == (
        "Intervals around survival of 50.0%: plain 25.0% to 75.0% and log 37.5% to 87.5%."
    )
    (ax,) = figure.figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["plain", "log"]
    circles = [line for line in ax.lines if line.get_markersize() == 9]
    assert [list(line.get_xdata()) for line in circles] == [[0.25, 0.75], [0.375, 0.875]]


# The tabs

_CELLS = """
```{code-cell} ipython3
:tags: [in-python]

print("first", 6 * 7)
```

```{code-cell} ipython3
:tags: [in-python]

print("second", 6 * 8)
```

```{code-cell} ipython3
:tags: [in-r, remove-input]

from helpers import side_by_side
side_by_side.load().show("half")
```

End.
"""
_R_CODE = "four <- data.frame"


@pytest.fixture
def tabbed(tiny_book: books.Book) -> books.Book:
    tiny_book.edit("notebooks/02-plain.md", "End.\n", _CELLS)
    return tiny_book


@pytest.mark.full
def test_cells_of_two_languages_become_tabs(tabbed: books.Book, browser: Browser):
    built = tabbed.build()
    assert built.code == 0, built.said
    with site_under_test.serve(built.folder) as address:
        page = browser.new_page()
        page.goto(f"{address}notebooks/02-plain.html")
        tabs = page.locator(".sd-tab-set")
        assert tabs.count() == 1
        assert tabs.locator("label").all_inner_texts() == ["Python", "R"]
        python, code = page.get_by_text("first 42"), page.get_by_text(_R_CODE)
        assert python.is_visible()
        assert page.get_by_text("second 48").is_visible()
        assert not code.is_visible()
        page.get_by_role("radio", name="Python").focus()
        page.keyboard.press("ArrowRight")
        assert code.is_visible()
        assert not python.is_visible()
        page.emulate_media(media="print")
        assert code.is_visible()
        assert python.is_visible()
        page.close()


@pytest.mark.full
@pytest.mark.parametrize("builder", ["onepage", "ebook"])
def test_on_paper_and_in_an_e_reader_both_stand_open(tabbed: books.Book, builder: str):
    shutil.copy(ROOT / "CITATION.cff", tabbed.root)
    built = tabbed.build("--builder", "custom", "--custom-builder", builder)
    assert built.code == 0, built.said
    pages = [
        path.read_text(encoding="utf-8")
        for path in (tabbed.root / "_build" / builder).rglob("*html")
        if path.is_file()
    ]
    (page,) = [page for page in pages if "first 42" in page]
    body = re.sub(r">\s+", ">", page[page.index("<body") :])
    assert "sd-tab" not in body
    assert "<input" not in body
    places = [body.index(part) for part in (">Python</p>", "first 42", ">R</p>", "data.frame")]
    assert places == sorted(places)


def test_a_cell_of_r_alone_is_told(tabbed: books.Book):
    tabbed.edit("notebooks/02-plain.md", ':tags: [in-python]\n\nprint("second', '\nprint("second')
    built = tabbed.build()
    assert "a cell tagged in-r follows one tagged in-python" in built.said
    assert built.code != 0
