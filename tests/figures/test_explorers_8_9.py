"""The partial likelihood over its coefficient, and the growth curve at an interval between scans.

The cells that compute their frames are taken from the chapters and run on data whose answers are
known otherwise: by plain loops, in closed form, and by the drawing's own axes.
"""

from __future__ import annotations

from math import exp, inf, log, nan
from typing import Any

import books
import nbformat
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import chi2
from scipy.stats import t as student
from statsmodels.duration.hazard_regression import PHReg

from helpers import cohort as cohorts
from helpers import exercises, figures, growth, published

SIZE = ">15 mm"
CHI_SQUARED = 3.841458820694124  # 95%, one degree of freedom


def cell(chapter: str, holds: str) -> str:
    """The one cell of a chapter that computes something."""
    (path,) = (books.ROOT / "notebooks").glob(f"{chapter}-*.ipynb")
    found = [c.source for c in nbformat.read(path, as_version=4).cells if holds in c.source]
    assert len(found) == 1, f"{len(found)} cells of chapter {chapter} hold {holds!r}"
    return found[0]


# The partial likelihood.


class _Covariate:
    label = SIZE


def over_beta(months, large, died, best: float | None) -> pd.DataFrame:
    """The frame of "Prognostic factors", computed by its own cell."""
    x = pd.DataFrame({SIZE: np.asarray(large, float)})
    names: dict[str, Any] = {
        "np": np,
        "pd": pd,
        "chi2": chi2,
        "PHReg": PHReg,
        "covariates": {"size": _Covariate},
        "x": x.loc[:, x.max() > x.min()],
        "data": pd.DataFrame({"follow_up_months": months, "died": died}),
        "alone": {
            SIZE: None
            if best is None
            else type("Fit", (), {"params_": pd.Series({SIZE: float(best)})})
        },
    }
    exec(cell("08", "over_beta = pd.DataFrame()"), names)
    return names["over_beta"]


def efron(beta: float, months, large, died) -> tuple[float, float, float]:
    """Log partial likelihood with slope and minus the curvature, one death after the other."""
    patients = list(zip(months, large, died, strict=True))
    total, slope, bend = 0.0, 0.0, 0.0
    for month in sorted({at for at, _, dead in patients if dead}):
        dying = [x for at, x, dead in patients if at == month and dead]
        there = [x for at, x, _ in patients if at >= month]
        for drawn, mine in enumerate(dying):
            share = drawn / len(dying)
            weights = [(x, exp(beta * x)) for x in there]
            weights += [(x, -share * exp(beta * x)) for x in dying]
            tickets = sum(w for _, w in weights)
            mean = sum(x * w for x, w in weights) / tickets
            total += beta * mine - log(tickets)
            slope += mine - mean
            bend += sum(x * x * w for x, w in weights) / tickets - mean**2
    return total, slope, bend


COHORTS = {
    "the five of the chapter": ([4, 9, 13, 20, 25], [1, 0, 1, 1, 0], [1, 1, 1, 0, 0]),
    "deaths tied": ([2, 2, 2, 5, 5, 8, 8, 9], [1, 0, 1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 1, 0, 1, 1]),
    "a death and a censoring tied": ([3, 3, 4, 6], [1, 0, 0, 1], [1, 0, 1, 0]),
}


def shipped():
    patients = cohorts.load(published.DATA / "cohort").patients
    large = (patients["max_diameter_mm"] > 15).astype(float)
    return patients["follow_up_months"].to_numpy(), large.to_numpy(), patients["died"].to_numpy()


@pytest.mark.parametrize("name", [*COHORTS, "the shipped cohort"])
def test_the_likelihood_is_that_of_a_plain_loop(name: str):
    rows = COHORTS[name] if name in COHORTS else shipped()
    frame = over_beta(*rows, best=0.25)
    expected = np.array([efron(beta, *rows) for beta in frame["beta"]])
    np.testing.assert_allclose(
        frame[["log_likelihood", "score", "information"]], expected, rtol=1e-10, atol=1e-10
    )


def test_one_death_of_two_patients_in_closed_form():
    """She who dies has a large tumour and the other has not: e^β / (e^β + 1), and no top."""
    frame = over_beta([1, 2], [1, 0], [1, 0], best=None)
    chance = 1 / (1 + np.exp(-frame["beta"].to_numpy()))
    np.testing.assert_allclose(frame["log_likelihood"], np.log(chance), atol=1e-12)
    np.testing.assert_allclose(frame["score"], 1 - chance, atol=1e-12)
    np.testing.assert_allclose(frame["information"], chance * (1 - chance), atol=1e-12)
    assert frame["distance"].isna().all()


def test_the_top_and_the_three_tests_on_the_shipped_cohort():
    months, large, died = shipped()
    data = pd.DataFrame({"months": months, "died": died, SIZE: large})
    fit = CoxPHFitter().fit(data, "months", "died", fit_options={"precision": 1e-12})
    best = fit.params_[SIZE]
    frame = over_beta(months, large, died, best).set_index("beta")
    assert abs(frame.loc[best, "score"]) < 1e-5
    assert frame.loc[best, "distance"] == pytest.approx(0, abs=1e-10)
    assert frame.loc[best, "log_likelihood"] == pytest.approx(fit.log_likelihood_, abs=1e-9)
    assert (frame["distance"].drop(best) > 0).all()
    assert frame.loc[0.0, "distance"] == pytest.approx(
        fit.log_likelihood_ratio_test().test_statistic, abs=1e-8
    )
    wald = best**2 * frame.loc[best, "information"]
    assert wald == pytest.approx(fit.summary.loc[SIZE, "z"] ** 2, rel=1e-6)


def test_without_ties_the_score_test_is_the_log_rank_test():
    rng = np.random.default_rng(8)
    months, died = rng.permutation(40) + 1.0, rng.integers(0, 2, 40)
    large = np.repeat([0.0, 1.0], 20)
    none = over_beta(months, large, died, 0.0).set_index("beta").loc[0.0]
    small = large == 0
    rank = logrank_test(months[small], months[~small], died[small], died[~small])
    assert none["score"] ** 2 / none["information"] == pytest.approx(rank.test_statistic, rel=1e-9)


@pytest.mark.parametrize("best", [-3.0, -0.1, 0.0, 0.6, 2.2, 5.0])
def test_no_effect_and_the_top_are_among_the_positions(best: float):
    beta = over_beta(*COHORTS["deaths tied"], best=best)["beta"].to_numpy()
    assert {0.0, best} <= set(beta)
    assert (np.diff(beta) > 0).all()
    assert beta[0] <= min(0, best) - log(2) / 2
    assert beta[-1] >= max(0, best) + 2 * log(2)
    assert 15 < beta.size < 60


@pytest.mark.parametrize(
    ("large", "died"),
    [([1, 0, 1], [0, 0, 0]), ([1, 1, 1], [1, 0, 1])],
    ids=["no death", "one size"],
)
def test_where_there_is_no_likelihood_the_chapter_says_so(large, died, capsys):
    assert over_beta([1, 2, 3], large, died, best=None).empty
    assert "there is no likelihood" in capsys.readouterr().out


def _ends(path: str) -> np.ndarray:
    """The points of a path of the drawing, upwards."""
    pairs = [point.split() for point in path.replace("M", "L").strip("L").split("L")]
    return np.array(pairs, float) * [1, -1]


def _likelihood(best: float | None = 0.6, rows=COHORTS["deaths tied"], start: int = 0):
    frame = over_beta(*rows, best)
    drawn = figures.partial_likelihood(
        frame, predict="Which way?", of=SIZE, within=CHI_SQUARED, start=start
    )
    return frame, drawn


def test_the_readings_are_the_row_of_the_position():
    frame, drawn = _likelihood(start=3)
    assert len(drawn.states) == len(drawn.table) == len(frame)
    row = frame.iloc[3]
    told = drawn.states[drawn.start]
    assert told.at == f"β = {row['beta']:.2f}".replace("-", "−")
    names = ["Hazard ratio", "Log partial likelihood", "Score", "Information"]
    values = [exp(row["beta"]), row["log_likelihood"], row["score"], row["information"]]
    assert [told.readings[name] for name in names] == [
        f"{value:.2f}".replace("-", "−") for value in values
    ]
    assert told.readings["Twice the way to the top"] == f"{row['distance']:.2f}"


def test_the_tangent_touches_the_curve_and_has_its_slope():
    frame, drawn = _likelihood()
    for row, state in zip(frame.itertuples(), drawn.states, strict=True):
        (x, y), (at, height) = state.paths["tangent"], state.paths["now"]
        assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(row.score)
        assert (
            np.interp(at[0], x, y) == pytest.approx(height[0]) == pytest.approx(row.log_likelihood)
        )
        drop = state.paths["drop"][1]
        assert 2 * (drop[1] - drop[0]) == pytest.approx(row.distance)
    rising = [np.diff(_ends(paths["tangent"])[:, 1])[0] for paths in drawn.paths]
    assert rising[0] > 0 > rising[-1]


def test_a_likelihood_without_a_top_is_drawn_and_said_to_have_none():
    _, drawn = _likelihood(best=None, rows=([1, 2], [1, 0], [1, 0]))
    assert "no maximum" in drawn.alt
    assert set(drawn.table["Twice the way to the top"]) == {"not computable"}
    assert "maximum is" in _likelihood()[1].alt


# The growth curve and the interval.


def schedule_of(lesions: pd.DataFrame, *, fitted: Any = "fit") -> pd.DataFrame:
    """The frame of "Tumour growth", computed by its own cell."""
    with_ct = lesions.dropna(subset=["months_since_negative_ct"])
    enough = len(with_ct) > 3 and np.ptp(with_ct["months_since_negative_ct"]) > 0
    names = {"np": np, "pd": pd, "student": student, "with_ct": with_ct, "enough": enough}
    names["fitted"] = growth.fit(lesions) if enough and fitted == "fit" else None
    if enough:
        names["on_log_scale"] = smf.ols(
            "np.log(diameter_mm) ~ months_since_negative_ct", data=with_ct
        ).fit()
    exec(cell("09", "def share_above_15_mm"), names)
    exec(cell("09", "schedule = pd.DataFrame()"), names)
    return names["schedule"]


def invented(n: int = 40, seed: int = 9) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = rng.uniform(0.5, 16, n).round(1)
    mm = np.maximum(1, 8 * np.exp(0.1 * months + rng.normal(0, 0.25, n))).round()
    return pd.DataFrame({"months_since_negative_ct": months, "diameter_mm": mm})


@pytest.mark.parametrize("name", ["invented", "shipped"])
def test_range_and_share_of_a_new_lesion_are_those_of_the_textbook(name: str):
    """Simple regression of the logarithm, by sums; Student's tail by the beta function."""
    lesions = invented() if name == "invented" else cohorts.load(published.DATA / "cohort").lesions
    used = lesions.dropna(subset=["months_since_negative_ct"])
    x, y = used["months_since_negative_ct"].to_numpy(float), np.log(used["diameter_mm"].to_numpy())
    n, around = len(x), ((x - x.mean()) ** 2).sum()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / around
    s = np.sqrt(((y - y.mean() - slope * (x - x.mean())) ** 2).sum() / (n - 2))
    frame = schedule_of(lesions)
    for row in frame.itertuples():
        middle = y.mean() + slope * (row.months - x.mean())
        spread = s * np.sqrt(1 + 1 / n + (row.months - x.mean()) ** 2 / around)
        z = (log(15) - middle) / spread
        tail = betainc((n - 2) / 2, 0.5, (n - 2) / (n - 2 + z * z)) / 2
        assert row.share_small == pytest.approx(1 - tail if z > 0 else tail, abs=1e-12)
        half = (np.log(row.upper) - np.log(row.lower)) / 2
        assert np.log(row.lower) + half == pytest.approx(middle, abs=1e-10)
        beyond = betainc((n - 2) / 2, 0.5, (n - 2) / (n - 2 + (half / spread) ** 2))
        assert beyond == pytest.approx(0.05, abs=1e-9)


def test_where_half_are_small_is_where_the_line_passes_the_cut_point():
    frame = schedule_of(invented())
    line = np.sqrt(frame["lower"] * frame["upper"])
    np.testing.assert_array_equal(line < 15, frame["share_small"] > 0.5)
    assert 0 < (line < 15).sum() < len(frame)


def test_the_curve_is_the_least_squares_one():
    """Diameters on an exponential curve exactly: it is found, and the cut-point where it must be."""
    months = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0])
    lesions = pd.DataFrame(
        {"months_since_negative_ct": months, "diameter_mm": 7.5 * 2 ** (months / 6)}
    )
    frame = schedule_of(lesions).set_index("months")
    np.testing.assert_allclose(frame["curve_mm"], 7.5 * 2 ** (frame.index / 6), rtol=1e-6)
    assert frame.loc[6.0, "curve_mm"] == pytest.approx(15, rel=1e-6)


def test_lesions_found_within_an_interval_are_counted_up_to_its_end():
    lesions = pd.DataFrame(
        {
            "months_since_negative_ct": [1.0, 2.0, 2.0, 6.0, 6.1, nan, 30.0],
            "diameter_mm": [9, 15, 16, 15, 15, 10, 40],
        }
    )
    frame = schedule_of(lesions).set_index("months")
    at = [1.0, 1.5, 2.0, 6.0, 6.5, 18.0]
    assert list(frame.loc[at, "found"]) == [1, 1, 3, 4, 5, 5]
    assert list(frame.loc[at, "found_small"]) == [1, 1, 2, 3, 4, 4]


def test_at_the_printed_window_the_counts_are_the_printed_ones():
    study = published.load()
    lesions = cohorts.load(published.DATA / "cohort").lesions
    row = schedule_of(lesions).set_index("months").loc[float(study["ct-window"].value)]
    assert (row["found"], row["found_small"]) == (
        study["ct-lesions"].value,
        study["ct-small"].value,
    )


@pytest.mark.parametrize("lesions", [0, 1, 3])
def test_with_too_few_lesions_there_is_no_schedule(lesions: int):
    assert schedule_of(invented().head(lesions)).empty


def test_without_a_curve_there_is_no_schedule():
    assert schedule_of(invented(), fitted=None).empty


def test_the_positions_of_the_schedule_show_their_rows():
    lesions = invented()
    frame = schedule_of(lesions)
    drawn = figures.growth_and_interval(frame, lesions, predict="Which is larger?", start=10)
    assert len(drawn.states) == len(frame)
    row, told = frame.iloc[10], drawn.states[10]
    assert told.at == "6 months"
    assert list(told.readings.values()) == [
        f"{row['curve_mm']:.1f} mm",
        f"{row['lower']:.1f} to {row['upper']:.1f} mm",
        f"{100 * row['share_small']:.1f}%",
        f"{row['found_small']:.0f} of {row['found']:.0f} "
        f"({100 * row['found_small'] / row['found']:.1f}%)",
    ]
    for row, state in zip(frame.itertuples(), drawn.states, strict=True):
        small, large = state.paths["small"], state.paths["large"]
        assert (small[0].size, small[0].size + large[0].size) == (row.found_small, row.found)
        assert (small[1] <= 15).all()
        assert (large[1] > 15).all()
        below, above = state.paths["below"][1], state.paths["above"][1]
        assert [*below, *above] == pytest.approx(
            [row.lower, min(row.upper, 15)] * (row.lower < 15)
            + [max(row.lower, 15), row.upper] * (row.upper > 15)
        )


def test_an_interval_in_which_nothing_was_found_divides_by_nothing():
    lesions = invented()
    late = lesions[lesions["months_since_negative_ct"] > 4]
    drawn = figures.growth_and_interval(schedule_of(late), late, predict="What now?")
    assert drawn.states[0].readings["Found within it, at most 15 mm"] == "0 of 0"
    assert drawn.paths[0]["small"] == drawn.paths[0]["large"] == "M0 0"


# The exercises of these chapters, by other ways than the registry's.


def test_the_incidence_by_hand_hands_on_the_weight_of_the_lost():
    """Each of seven is followed; whoever is lost hands her weight in equal parts to those after her."""
    ends = "ndnsdns"  # new, died, new, seen, died, new, seen
    weight = [1 / 7] * 7
    total = 0.0
    for place, what in enumerate(ends):
        if what == "s":
            for later in range(place + 1, 7):
                weight[later] += weight[place] / (6 - place)
        elif what == "n":
            total += weight[place]
    assert exercises.exercise("progression-by-hand").right == pytest.approx(total)


def test_the_likelihood_by_hand_is_an_integral():
    """With exponential hazards for ever: the chance of this order of deaths among those there."""

    def first(mine: float, all_: float) -> float:
        return quad(lambda t: mine * exp(-all_ * t), 0, inf)[0]

    right = exercises.exercise("partial-likelihood-by-hand").right
    assert right == pytest.approx(first(3, 12) * first(1, 9) * first(1, 5))
