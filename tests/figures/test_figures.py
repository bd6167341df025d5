"""Figures: what they show is what they were given, and no cohort breaks them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter, WeibullFitter
from matplotlib import colors

mpl.use("Agg")

from helpers import figures, forced, growth, survival


def fitter(durations: list[float], events: list[int], label: str) -> KaplanMeierFitter:
    return KaplanMeierFitter(label=label).fit(durations, events)


def two_groups() -> dict[str, KaplanMeierFitter]:
    """Ties, a time on a tick, and a group that ends before three years."""
    return {
        "≤15 mm": fitter([5, 12, 12, 24, 40, 60], [0, 1, 0, 1, 0, 0], "≤15 mm"),
        ">15 mm": fitter([3, 3, 9, 12, 20], [1, 1, 0, 1, 0], ">15 mm"),
    }


def patients(n: int = 30) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    follow_up = np.round(rng.exponential(24, n) + 1, 1)
    progression = np.where(rng.random(n) < 0.2, np.round(follow_up / 2, 1), np.nan)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(n)],
            "site": rng.choice(["supraclavicular", "lung", "other"], n),
            "follow_up_months": follow_up,
            "died": rng.integers(0, 2, n),
            "progression_months": progression,
            "local_time_months": follow_up,
            "local_recurrence": 0,
        }
    )


def lesions(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    months = np.round(rng.uniform(1, 20, n), 1)
    diameter = np.round(8 * 2 ** (months / 8) + rng.normal(0, 2, n)).clip(2)
    return pd.DataFrame(
        {
            "site": rng.choice(["lung", "other"], n),
            "months_since_negative_ct": months,
            "diameter_mm": diameter,
        }
    )


def ratios() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["size", "site", "separated", "absent", "one-sided"],
            "hazard_ratio": [8.0, 1.2, 12.0, np.nan, 0.5],
            "lower": [2.0, 0.5, 1.5, np.nan, 0.0],
            "upper": [30.0, 3.0, np.inf, np.nan, 2.0],
            "p": [0.0002, 0.6, 0.02, np.nan, 0.3],
        }
    )


def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lower": [0, 12, 24, 36, 48],
            "upper": [12, 24, 36, 48, np.inf],
            "patients": [30, 11, 6, 5, 4],
        }
    )


def hazards() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lower_months": [0, 12, 24],
            "upper_months": [12, 24, np.inf],
            "hazard": [0.7, 0.0, 0.4],
            "lower": [0.5, 0.0, 0.1],
            "upper": [1.0, np.inf, 1.2],
        }
    )


def trace() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "evaluations": [0, 100, 200, 250],
            "temperature": [0.6, 0.4, 0.2, 0.1],
            "violation": [12.0, 3.0, 0.2, 0.0],
            "early": [8.0, 0.0, 0.0, 0.0],
            "late": [4.0, 3.0, 0.2, 0.0],
            "always met": [0.0, 0.0, 0.0, 0.0],
        }
    )


def printed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "what": ["rate", "count", "a test", "unknown", "a median", "a rule"],
            "unit": ["percent", "patients", "p", "percent", "months", "mm"],
            "lowest": [40.05, 19, 0.0355, 55.15, 24.5, 15],
            "highest": [40.15, 19, 0.0445, 55.25, 25.5, 15],
            "reproduced": [40.107, 19, 0.0432, np.nan, 27.0, np.nan],
            "verdict": [
                "agrees", "agrees", "agrees", "not computable", "differs", "definition",
            ],
        }
    )  # fmt: skip


def schoenfeld_residuals(events: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    times = pd.Index(np.sort(rng.uniform(1, 60, events)), name="time")
    return pd.DataFrame(rng.normal(size=(events, 3)), times, ["size", "site", "age"])


FLOW = [
    figures.Box("Treated", "not printed"),
    figures.Box("Not eligible", 4, "Treated", aside=True),
    figures.Box("Eligible", 56, "Treated"),
    figures.Box("Lung", 33, "Eligible"),
    figures.Box("Elsewhere", 23, "Eligible"),
]
INCIDENCE = pd.DataFrame(
    {
        "cause": [1, 1, 2, 2],
        "time": [4.0, 9.0, 5.0, 12.0],
        "estimate": [0.1, 0.2, 0.05, 0.3],
        "lower": [0.02, 0.1, 0.0, 0.1],
        "upper": [0.2, 0.4, 0.2, 0.5],
    }
)


def shares(row: str, value: str) -> pd.DataFrame:
    """Two measures' points with intervals, in two rows; the last misses the truth."""
    found = pd.DataFrame(
        {row: ["one", "one", "other", "other"], "measure": ["flat", "steep"] * 2, "truth": 0.8}
    )
    found[value] = [0.8, 0.7, 0.9, 0.4]
    return found.assign(lower=found[value] - 0.15, upper=found[value] + 0.15)


def named_groups() -> pd.DataFrame:
    return pd.DataFrame(
        {"what": ["survival", "control"], "printed_n": [22, 18], "smallest_group": [29, 16]}
    )


def ridge() -> pd.DataFrame:
    starts = np.linspace(1, 12, 12)
    laws = [
        pd.DataFrame({"law": law, "start_mm": starts, "doubling_days": starts * pace})
        for law, pace in (("exponential", 10.0), ("Gompertz", 14.0))
    ]
    return pd.concat([laws[0].assign(lower=starts * 8, upper=np.inf), laws[1]])


def doubling_series() -> pd.DataFrame:
    row = {"series": "a series", "mean_days": 100, "least_days": 20, "most_days": 900}
    return pd.DataFrame([row])


DRAWINGS: dict[str, Callable[[], figures.Figure]] = {
    "kaplan_meier": lambda: figures.kaplan_meier(two_groups(), mark_months=36, show_median=True),
    "kaplan_meier, nobody": lambda: figures.kaplan_meier({}),
    "kaplan_meier, one patient": lambda: figures.kaplan_meier(
        {"all": fitter([5.0], [0], "all")}, mark_months=36, show_median=True
    ),
    "kaplan_meier, no events": lambda: figures.kaplan_meier(
        {"all": fitter([5.0, 9, 50], [0, 0, 0], "all")}, mark_months=36
    ),
    "kaplan_meier, everybody dies at once": lambda: figures.kaplan_meier(
        {"all": fitter([5.0, 5], [1, 1], "all")}, mark_months=36
    ),
    "kaplan_meier, followed for no time": lambda: figures.kaplan_meier(
        {"all": fitter([0.0], [0], "all")}
    ),
    "kaplan_meier, alternatives": lambda: figures.kaplan_meier(
        two_groups(), alternatives={">15 mm": [fitter([4, 8, 15], [1, 1, 0], "other")]}
    ),
    "cumulative_incidence": lambda: figures.cumulative_incidence(
        {"new progression": INCIDENCE, "1 − Kaplan–Meier": two_groups()[">15 mm"]}
    ),
    "cumulative_incidence, causes": lambda: figures.cumulative_incidence(
        {"": INCIDENCE}, causes={1: "new progression", 2: "death before it"}
    ),
    "cumulative_incidence, none": lambda: figures.cumulative_incidence({}),
    "cumulative_incidence, no rows": lambda: figures.cumulative_incidence(
        {"a": INCIDENCE.iloc[:0]}
    ),
    "forest": lambda: figures.forest(ratios()),
    "forest, two models": lambda: figures.forest(
        pd.concat([ratios().assign(model="Wald"), ratios().assign(model="Firth")])
    ),
    "forest, empty": lambda: figures.forest(ratios().iloc[:0]),
    "forest, nothing estimated": lambda: figures.forest(ratios().iloc[[3]]),
    "schoenfeld": lambda: figures.schoenfeld(schoenfeld_residuals(), p_values={"size": 0.04}),
    "schoenfeld, one event": lambda: figures.schoenfeld(schoenfeld_residuals(1)),
    "schoenfeld, no event": lambda: figures.schoenfeld(schoenfeld_residuals(0)),
    "growth": lambda: figures.growth(
        {m: growth.fit(lesions(), m) for m in ("exponential", "power law")},
        interval=growth.interval_to(growth.fit(lesions()), resamples=0),
    ),
    "growth, no fit": lambda: figures.growth({}),
    "growth, exact": lambda: figures.growth(
        growth.fit(pd.DataFrame({"months_since_negative_ct": [1, 2, 4], "diameter_mm": [2, 4, 16]}))
    ),
    "resampled": lambda: figures.resampled(
        {"by row": [0.5, 0.6, 0.6, 0.7], "by patient": [0.3, 0.6, 0.9, np.nan]}, 0.6
    ),
    "resampled, all the same": lambda: figures.resampled({"by row": [1.0, 1.0]}, 1.0),
    "resampled, none": lambda: figures.resampled({"by row": []}, np.nan),
    "residuals": lambda: figures.residuals(growth.fit(lesions())),
    "diameters": lambda: figures.diameters(lesions()),
    "diameters, one": lambda: figures.diameters(lesions().iloc[:1], by=None),
    "diameters, none": lambda: figures.diameters(lesions().iloc[:0]),
    "cohort_flow": lambda: figures.cohort_flow(FLOW),
    "cohort_flow, one box": lambda: figures.cohort_flow(FLOW[:1]),
    "cohort_flow, none": lambda: figures.cohort_flow([]),
    "swimmer": lambda: figures.swimmer(patients()),
    "swimmer, few": lambda: figures.swimmer(patients(1)),
    "swimmer, plain columns": lambda: figures.swimmer(
        patients(3)[["site", "follow_up_months", "died"]]
    ),
    "swimmer, none": lambda: figures.swimmer(patients(0)),
    "interval_distribution": lambda: figures.interval_distribution(
        cells(), {"exponential": lambda months: 1 - np.exp(-months / 16)}
    ),
    "interval_distribution, lifelines": lambda: figures.interval_distribution(
        cells(),
        {
            "Weibull": WeibullFitter().fit_interval_censoring(
                cells()["lower"], cells()["upper"], weights=cells()["patients"]
            )
        },
    ),
    "interval_distribution, nobody": lambda: figures.interval_distribution(
        cells().assign(patients=0), {}
    ),
    "yearly_hazards": lambda: figures.yearly_hazards(hazards()),
    "yearly_hazards, everybody in one year": lambda: figures.yearly_hazards(
        survival.yearly_hazards([0, 12, 24], [12, 24, np.inf], [0, 7, 0])
    ),
    "yearly_hazards, none": lambda: figures.yearly_hazards(hazards().iloc[:0]),
    "search_trace": lambda: figures.search_trace(trace(), labels={"late": "the late one"}),
    "search_trace, met at once": lambda: figures.search_trace(trace().iloc[[3]]),
    "search_trace, none": lambda: figures.search_trace(trace().iloc[:0]),
    "scorecard": lambda: figures.scorecard(printed()),
    "death_positions": lambda: figures.death_positions(
        {
            "supraclavicular": forced.rate("40.1", 15).by_position,
            "b": forced.rate("50", 4).by_position,
        }
    ),
    "death_positions, no death": lambda: figures.death_positions(
        {"a": forced.rate("100", 3).by_position}
    ),
    "death_positions, none": lambda: figures.death_positions(
        {"a": forced.rate("50", 1).by_position}
    ),
    "sets_by_size": lambda: figures.sets_by_size(
        {rate: forced.rate(rate, range(8, 17)).by_size for rate in ("40.1", "91.7")}
    ),
    "sets_by_size, one size": lambda: figures.sets_by_size({"a": forced.rate("50", 2).by_size}),
    "sets_by_size, none": lambda: figures.sets_by_size({"a": forced.rate("50", 1).by_size}),
    "group_sizes": lambda: figures.group_sizes(named_groups()),
    "group_sizes, all fit": lambda: figures.group_sizes(named_groups().iloc[1:]),
    "group_sizes, none": lambda: figures.group_sizes(named_groups().iloc[:0]),
    "scorecard, nothing": lambda: figures.scorecard(printed().iloc[[3, 5]]),
    "outside": lambda: figures.outside(outsiders()),
    "outside, none": lambda: figures.outside(outsiders().iloc[:0]),
    "rank_histograms": lambda: figures.rank_histograms(ranked()),
    "rank_histograms, none": lambda: figures.rank_histograms(ranked().iloc[:0]),
    "log_likelihoods": lambda: figures.log_likelihoods(
        likelihoods(), drop=1.92, lower=0.5, upper=50.0, penalised="Firth"
    ),
    "permutation_tail": lambda: figures.permutation_tail(tails(), observed=1.5),
    "permutation_tail, none": lambda: figures.permutation_tail(tails().iloc[:0], observed=np.nan),
    "power": lambda: figures.power(powers()),
    "power, none": lambda: figures.power(pd.DataFrame()),
    "power by events": lambda: figures.power_by_events(planned()),
    "power by events, none": lambda: figures.power_by_events(pd.DataFrame()),
    "exaggeration": lambda: figures.exaggeration(winners()),
    "exaggeration, none": lambda: figures.exaggeration(winners().assign(median=np.nan)),
    "predicted_observed": lambda: figures.predicted_observed(thirds(), months=36),
    "predicted_observed, none": lambda: figures.predicted_observed(thirds().iloc[:0], months=36),
    "worth": lambda: figures.worth(shares("number", "closed")),
    "worth, none": lambda: figures.worth(shares("number", "closed").iloc[:0]),
    "against": lambda: figures.against(shares("cohort", "median"), x_label="Ratio", log=True),
    "growth_ridge": lambda: figures.growth_ridge(ridge(), doubling_series()),
    "growth_ridge, no series": lambda: figures.growth_ridge(ridge(), doubling_series().iloc[:0]),
    "growth_ridge, none": lambda: figures.growth_ridge(ridge().iloc[:0], doubling_series()),
    "log_log": lambda: figures.log_log(two_groups()),
    "log_log, a group without a step": lambda: figures.log_log(
        {"a": fitter([3, 5, 9], [1, 1, 0], "a"), "b": fitter([3, 5], [0, 0], "b")}
    ),
    "log_log, none": lambda: figures.log_log({"b": fitter([3, 5], [0, 0], "b")}),
    "along": lambda: figures.along(course(), y_label="Hazard ratio", level=1, ratio=True),
    "along, lines": lambda: figures.along(
        pd.concat([course().assign(line=line) for line in ("a", "b")]),
        y_label="Drop",
        level=3.84,
        level_label="the limit",
        top=9,
    ),
    "along, none": lambda: figures.along(course().assign(estimate=np.nan), y_label="Hazard ratio"),
    "against, none": lambda: figures.against(
        shares("cohort", "median").assign(median=np.nan), x_label="Ratio"
    ),
}


def outsiders() -> pd.DataFrame:
    """Shares of known cohorts outside all members."""
    return pd.DataFrame(
        {"quantity": ["one", "other"], "measure": "simulated", "truths": 20, "share": [0.6, 0.1],
         "lower": [0.36, 0.01], "upper": [0.81, 0.32], "expected": 0.05}
    )  # fmt: skip


def ranked() -> pd.DataFrame:
    """Histograms of two bars, the first of them with one beyond its limits."""
    return pd.DataFrame(
        {"measure": ["simulated", "simulated", "real", "real"], "rank_class": [1, 2, 1, 2],
         "ranks": [19, 1, 11, 9], "expected": 10.0, "lower": 1.0, "upper": [14.0, 14.0, 15.0, 15.0]}
    )  # fmt: skip


def course() -> pd.DataFrame:
    """An estimate by month, unknown in the first, with a bound off the axis."""
    return pd.DataFrame(
        {
            "x": [3, 12, 24],
            "estimate": [np.nan, 2.5, 0.8],
            "lower": [np.nan, 0.9, 0.001],
            "upper": [np.nan, 7.0, 900.0],
        }
    )


def likelihoods() -> pd.DataFrame:
    """One curve that rises for ever, and one with its top at 10."""
    ratio = np.geomspace(0.1, 1000, 41)
    return pd.DataFrame(
        {"hazard_ratio": ratio, "Cox": -1 / ratio, "Firth": -(np.log(ratio / 10) ** 2) / 4}
    )


def tails() -> pd.DataFrame:
    statistic = np.linspace(0, 6, 13)
    return pd.DataFrame(
        {
            "statistic": statistic,
            "permutation": np.exp(-statistic / 2),
            "chi_squared": np.exp(-statistic / 2) / 1.25,
        }
    )


def planned() -> pd.DataFrame:
    rows = [
        (2.0, 30, 0.5, 0.52, 0.48, 0.5),
        (2.0, 70, 0.82, 0.84, 0.8, 0.82),
        (10.0, 8, 0.5, 0.9, 0.3, 0.49),
    ]
    columns = ["hazard_ratio", "deaths", "simulated", "Schoenfeld", "Freedman", "expected"]
    return pd.DataFrame(rows, columns=columns)


def powers() -> pd.DataFrame:
    rows = [(d, r, p) for d, p in ((13, 0.3), (26, 0.5)) for r in (1.5, 3.0)]
    table = pd.DataFrame(rows, columns=["deaths", "hazard_ratio", "simulated"])
    table["simulated"] += 0.13 * table["hazard_ratio"] - 0.02 * (table["deaths"] == 13)
    return table.assign(formula=table["simulated"] + 0.07)


def winners() -> pd.DataFrame:
    truth = np.array([1.5, 2.0, 4.0])
    return pd.DataFrame(
        {
            "hazard_ratio": truth,
            "all_estimates": truth,
            "median": [2.8, 3.1, 4.2],
            "lower": [2.4, 2.5, 2.8],
            "upper": [4.0, 5.0, 9.0],
        }
    )


def thirds() -> pd.DataFrame:
    columns = ["predicted", "observed", "lower", "upper"]
    return pd.DataFrame([[0.2, 0.1, 0.0, 0.4], [0.8, 0.9, 0.6, 1.0]], columns=columns)


def svg(drawn: figures.Figure) -> str:
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "test"}):
        drawn.figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return buffer.getvalue()


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_figure_is_drawn_without_a_warning_and_says_what_it_shows(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = DRAWINGS[name]()
        text = svg(drawn)
    assert text.count("<path") > 0
    assert drawn.alt[0].isupper()
    assert drawn.alt.endswith(".")
    assert "nan" not in drawn.alt.lower().replace("finance", "")
    assert len(drawn.alt.split(". ")) <= 3
    assert isinstance(drawn.table, pd.DataFrame)
    assert len(drawn.table) > 0
    assert list(drawn.table.index) == list(range(len(drawn.table)))


@pytest.mark.parametrize("name", ["kaplan_meier", "diameters", "search_trace"])
def test_drawing_twice_gives_the_same_bytes(name: str) -> None:
    assert svg(DRAWINGS[name]()) == svg(DRAWINGS[name]())


def test_no_figure_stays_open_and_no_setting_changes() -> None:
    from matplotlib import pyplot as plt

    before = dict(mpl.rcParams)
    for draw in DRAWINGS.values():
        draw()
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_style_sets_dashes_besides_colours_and_a_fixed_salt() -> None:
    with mpl.rc_context():
        figures.style()
        assert mpl.rcParams["svg.hashsalt"]
        cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(cycle)


@pytest.mark.parametrize(
    "pair", [("supraclavicular", "other sites"), ("≤15 mm", ">15 mm"), ("exponential", "Weibull")]
)
def test_groups_differ_in_dash_and_stand_out_from_white(pair: tuple[str, str]) -> None:
    def luminance(colour: str) -> float:
        channels = np.array(colors.to_rgb(colour))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    one, other = (figures.look(label) for label in pair)
    assert one.line != other.line
    assert one.marker != other.marker
    for group in (one, other):
        assert 1.05 / (luminance(group.colour) + 0.05) >= 3


def test_kaplan_meier_counts_those_with_time_at_least_t() -> None:
    table = figures.kaplan_meier(two_groups(), mark_months=36).table
    small = table[table["group"] == "≤15 mm"].set_index("months")
    assert small.loc[12, ["at_risk", "censored", "events"]].tolist() == [5, 2, 1]
    assert small.loc[24, ["at_risk", "censored", "events"]].tolist() == [3, 2, 2]
    assert small.loc[0, "at_risk"] == 6
    assert small.loc[24, "survival"] == pytest.approx(4 / 5 * 2 / 3)
    large = table[table["group"] == ">15 mm"].set_index("months")
    assert large.loc[12, "survival"] == pytest.approx(3 / 5 * 1 / 2)
    assert large.loc[36, "at_risk"] == 0
    assert np.isnan(large.loc[36, "survival"])


def test_kaplan_meier_adds_the_marked_month_to_the_table_once() -> None:
    months = figures.kaplan_meier(two_groups(), mark_months=30).table.query("group == '≤15 mm'")
    assert months["months"].is_monotonic_increasing
    assert (months["months"] == 30).sum() == 1


def test_kaplan_meier_draws_steps_and_a_tick_for_every_censored_patient() -> None:
    fits = two_groups()
    ax = figures.kaplan_meier(fits).figure.axes[0]
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    assert [len(line.get_xdata()) for line in steps] == [
        len(fit.survival_function_) for fit in fits.values()
    ]
    ticks = [line for line in ax.lines if line.get_marker() == "|"]
    assert [sorted(line.get_xdata()) for line in ticks] == [[5, 12, 40, 60], [9, 20]]
    assert ax.get_ylim()[0] == 0


def test_kaplan_meier_table_stands_under_the_ticks() -> None:
    curve, table = figures.kaplan_meier(two_groups()).figure.axes
    assert curve.get_xlim() == table.get_xlim()
    assert curve.get_position().x0 == pytest.approx(table.get_position().x0)
    assert curve.get_position().x1 == pytest.approx(table.get_position().x1)
    words = [text.get_text() for text in table.texts]
    assert words.count("At risk") == words.count("Censored") == words.count("Events") == 2
    at_zero = [t.get_text() for t in table.texts if t.get_position()[0] == 0]
    assert at_zero == ["6", "0", "0", "5", "0", "0"]


def test_kaplan_meier_says_what_cannot_be_computed() -> None:
    alt = figures.kaplan_meier(two_groups(), mark_months=36, show_median=True).alt
    assert "At 36 months it is 53.3% in ≤15 mm" in alt
    assert "not computable in >15 mm" in alt
    assert "not reached in ≤15 mm" in alt
    assert "12.0 months in >15 mm" in alt


def test_a_curve_that_has_not_fallen_has_no_limits_once_somebody_has_left() -> None:
    fits = {"a": fitter([10.0] + [40.0] * 15, [0] + [1] * 15, "a")}
    table = figures.kaplan_meier(fits, mark_months=36).table
    rows = table[table["survival"] == 1].set_index("months")
    assert rows.loc[0, ["lower", "upper"]].tolist() == [1, 1]
    assert rows.loc[36, ["lower", "upper"]].isna().all()


def test_labels_at_the_marked_month_do_not_cover_each_other() -> None:
    fits = {
        "a": fitter([40.0] * 20, [0] * 20, "a"),
        "b": fitter([10.0] + [40.0] * 20, [1] + [0] * 20, "b"),
        "c": fitter([10.0] + [40.0] * 15, [1] + [0] * 15, "c"),
    }
    drawing = figures.kaplan_meier(fits, mark_months=36).figure
    drawing.draw_without_rendering()
    labels = [t for t in drawing.axes[0].texts if t.get_text().endswith("%")]
    assert len(labels) == 3
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.y0)
    for lower, upper in pairwise(boxes):
        assert lower.y1 <= upper.y0


def test_cumulative_incidence_turns_kaplan_meier_over() -> None:
    fit = two_groups()[">15 mm"]
    drawn = figures.cumulative_incidence({"1 − Kaplan–Meier": fit})
    assert drawn.table["estimate"].to_numpy() == pytest.approx(
        1 - fit.survival_function_.iloc[:, 0].to_numpy()
    )
    assert (drawn.table["lower"] <= drawn.table["upper"]).all()


def test_cumulative_incidence_takes_lifelines_and_every_named_cause() -> None:
    fit = AalenJohansenFitter(calculate_variance=False).fit(
        [1.0, 2, 3, 4], [1, 2, 0, 1], event_of_interest=1
    )
    drawn = figures.cumulative_incidence({"progression": fit})
    assert drawn.table["estimate"].iloc[-1] == pytest.approx(0.25 + 0.5)
    named = DRAWINGS["cumulative_incidence, causes"]().table
    assert set(named["curve"]) == {"new progression", "death before it"}
    assert (named.groupby("curve")["months"].min() == 0).all()


def test_forest_tells_ratios_near_one_to_two_decimals() -> None:
    near = pd.DataFrame(
        {
            "term": ["a", "b"],
            "hazard_ratio": [1.02, 0.86],
            "lower": [0.99, 0.84],
            "upper": [1.05, 0.88],
        }
    )
    drawn = figures.forest(near)
    assert "a 1.02 (0.99 to 1.05); b 0.86 (0.84 to 0.88)" in drawn.alt
    ticks = drawn.figure.axes[0].get_xticks()
    assert len(ticks) > 4
    wide = figures.forest(near.assign(upper=[1.05, 1.6]))
    assert "b 0.86 (0.84 to 1.6)" in wide.alt


def test_forest_names_absent_estimates_and_points_beyond_the_axis() -> None:
    drawn = figures.forest(ratios())
    ax = drawn.figure.axes[0]
    assert ax.get_xscale() == "log"
    markers = [line.get_marker() for line in ax.lines]
    assert markers.count(">") == 1
    assert markers.count("<") == 1
    assert markers.count("s") == 4
    assert "absent not computable" in drawn.alt
    assert "12 (1.5 to ∞), p = 0.02" in drawn.alt
    assert "farthest from 1 is that of separated" in drawn.alt


def test_schoenfeld_has_a_panel_a_covariate_in_words() -> None:
    residuals = schoenfeld_residuals().reset_index()
    residuals.insert(1, "transformed_time", 0.5)
    drawn = figures.schoenfeld(
        residuals,
        labels={"size": "Tumour size"},
        coefficients={"size": 2.0},
        p_values={"size": 0.04, "GLOBAL": 0.2},
    )
    titles = [ax.get_title(loc="left") for ax in drawn.figure.axes if ax.axison]
    assert titles == ["Tumour size (p = 0.04)", "site", "age"]
    assert drawn.figure.axes[0].lines[0].get_ydata()[0] == 2
    assert "Tumour size p = 0.04 and all together p = 0.20" in drawn.alt
    assert set(drawn.table["term"]) == {"Tumour size", "site", "age"}
    assert len(drawn.table) == 3 * len(residuals)


def test_growth_shows_the_interval_it_was_given() -> None:
    fitted = growth.fit(lesions())
    interval = growth.interval_to(fitted, 15, resamples=0)
    drawn = figures.growth(fitted, interval=interval)
    assert f"reaches 15 mm after {interval.estimate:.1f} months" in drawn.alt
    ax = drawn.figure.axes[0]
    bar = [line for line in ax.lines if line.get_linewidth() == 4]
    assert bar[0].get_xdata() == pytest.approx([interval.profile.lower, interval.profile.upper])
    assert drawn.table["exponential_mm"].to_numpy() == pytest.approx(
        fitted.predict(drawn.table["months"])
    )


def test_growth_draws_an_unbounded_interval_to_the_edge() -> None:
    fitted = growth.fit(lesions())
    interval = growth.interval_to(fitted, 15, resamples=0)
    endless = growth.Interval(
        **{**vars(interval), "profile": growth.Bounds(interval.profile.lower, np.inf)}
    )
    drawn = figures.growth(fitted, interval=endless)
    assert "to infinity" in drawn.alt
    ax = drawn.figure.axes[0]
    bar = [line for line in ax.lines if line.get_linewidth() == 4]
    assert bar[0].get_xdata()[1] == pytest.approx(ax.get_xlim()[1])


def test_a_diameter_at_the_cut_point_counts_as_small() -> None:
    table = pd.DataFrame({"diameter_mm": [15, 15, 16, 10], "site": "lung"})
    drawn = figures.diameters(table)
    bins = drawn.table.set_index("up_to_mm")["all"]
    assert bins.to_dict() == {5: 0, 10: 1, 15: 2, 20: 1}
    assert "3 are at most 15 mm" in drawn.alt
    heights = [patch.get_height() for patch in drawn.figure.axes[0].containers[0]]
    assert heights == [0, 1, 2, 1]


def test_stacked_bars_belong_to_the_group_in_the_legend() -> None:
    table = pd.DataFrame({"diameter_mm": [3, 8, 8], "site": ["lung", "other", "other"]})
    ax = figures.diameters(table).figure.axes[0]
    drawn = {c.get_label(): [patch.get_height() for patch in c] for c in ax.containers}
    assert drawn == {"lung": [1, 0], "other": [0, 2]}
    for container in ax.containers:
        colour = colors.to_hex(container[0].get_facecolor())
        assert colour == figures.look(container.get_label()).colour.lower()


def test_swimmer_has_a_bar_a_patient_in_order_and_a_mark_an_event() -> None:
    frame = patients()
    drawn = figures.swimmer(frame)
    ax = drawn.figure.axes[0]
    assert len(ax.patches) == len(frame)
    widths = [patch.get_width() for patch in ax.patches]
    assert widths == sorted(frame["follow_up_months"], reverse=True)
    marks = sum(
        np.isfinite(np.ma.filled(c.get_offsets(), np.nan)[:, 0]).sum() for c in ax.collections
    )
    assert marks == frame["progression_months"].notna().sum() + frame["died"].sum()
    assert "0 local recurrences" in drawn.alt


def test_cohort_flow_keeps_levels_and_refuses_an_orphan() -> None:
    drawn = figures.cohort_flow(FLOW)
    ax = drawn.figure.axes[0]
    y = {text.get_text().split("\n")[0]: text.get_position()[1] for text in ax.texts}
    assert y["Treated"] > y["Not eligible"] > y["Eligible"] > y["Lung"] == y["Elsewhere"]
    assert "Lung, 33 patients" in drawn.alt
    with pytest.raises(ValueError, match="its parent 'Nobody'"):
        figures.cohort_flow([figures.Box("Lung", 33, "Nobody")])


def test_interval_distribution_reads_counts_and_measures_the_curves() -> None:
    drawn = DRAWINGS["interval_distribution"]()
    assert drawn.table["observed"].to_numpy() == pytest.approx(np.array([30, 41, 47, 52]) / 56)
    assert "53.6% by 12 months" in drawn.alt
    far = 100 * (drawn.table["exponential"] - drawn.table["observed"]).abs().max()
    assert f"by at most {far:.1f} percentage points" in drawn.alt


def test_hazards_of_the_survival_module_are_taken_as_they_come() -> None:
    table = survival.yearly_hazards([0, 12, 24], [12, 24, np.inf], [30, 11, 15])
    drawn = figures.yearly_hazards(table)
    assert drawn.table["hazard"].tolist() == table["hazard"].dropna().tolist()
    assert drawn.table["upper"].tolist() == table["upper"].dropna().tolist()
    assert drawn.table["to_month"].tolist() == [12, 24]


def test_search_trace_names_what_was_met_last() -> None:
    drawn = DRAWINGS["search_trace"]()
    assert drawn.table["constraint"].tolist() == ["the late one", "early", "always met"]
    assert "from 12 to zero" in drawn.alt
    assert "the very last is the late one" in drawn.alt


def test_scorecard_draws_what_agrees_as_a_bar_and_the_cohort_on_it() -> None:
    drawn = figures.scorecard(printed())
    assert drawn.table["what"].tolist() == ["rate", "count", "a test", "unknown", "a median"]
    assert "3 lie on the bar" in drawn.alt
    assert "1 cannot be computed" in drawn.alt
    panels = {ax.get_title(loc="left"): ax for ax in drawn.figure.axes}
    assert list(panels) == ["Percent", "Patients", "p value", "Months"]
    for ax, rows in zip(panels.values(), drawn.table.groupby("unit", sort=False), strict=True):
        bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
        assert np.allclose(bars, rows[1][["lowest", "highest"]].astype(float))
    assert panels["p value"].get_xlim() == (0, 0.1)
    assert all(tick == int(tick) for tick in panels["Patients"].get_xticks())
    for ax in panels.values():
        assert all(label._linespacing >= 1.15 for label in ax.get_yticklabels())


def test_the_legend_of_the_scorecard_names_what_is_drawn_and_no_more() -> None:
    for rows, expected in (
        (printed(), ["prints as printed", "reproduced", "reproduced, and differs"]),
        (printed().query("verdict == 'agrees'"), ["prints as printed", "reproduced"]),
    ):
        (legend,) = figures.scorecard(rows).figure.legends
        assert [text.get_text() for text in legend.get_texts()] == expected


def test_labels_of_the_scorecard_do_not_overprint_each_other() -> None:
    rows = pd.concat([printed().head(1)] * 4, ignore_index=True)
    rows["what"] = "The share of small lesions among those found within six months of a scan"
    drawing = figures.scorecard(rows).figure
    drawing.draw_without_rendering()
    boxes = [label.get_window_extent() for label in drawing.axes[0].get_yticklabels()]
    for upper, lower in pairwise(boxes):
        assert lower.y1 <= upper.y0


def test_death_positions_run_from_many_at_risk_to_few() -> None:
    found = forced.rate("93.5", 37)
    drawn = figures.death_positions({"other sites": found.by_position})
    (ax,) = drawn.figure.axes
    left, right = ax.get_xlim()
    assert left > right
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in ax.patches}
    assert heights == dict(
        zip(found.by_position["at_risk"], found.by_position["share"], strict=True)
    )
    assert "most often, in 33.3% of the sets, with 27 at risk" in drawn.alt
    assert "never with 1 to 25 and 37" in drawn.alt
    assert drawn.table["sets"].sum() == 2 * found.n_sets


def test_sets_by_size_draws_the_sizes_that_have_sets() -> None:
    found = forced.rate("91.7", range(10, 27))
    drawn = figures.sets_by_size({"≤15 mm": found.by_size})
    (ax,) = drawn.figure.axes
    (line,) = ax.lines
    fitting = found.by_size.query("sets > 0")
    assert line.get_xdata().tolist() == fitting["n"].tolist()
    assert line.get_ydata().tolist() == fitting["sets"].tolist()
    assert "from 12 patients on" in drawn.alt
    assert drawn.table["≤15 mm"].tolist() == found.by_size["sets"].tolist()


def test_group_sizes_tell_which_group_is_too_small() -> None:
    drawn = figures.group_sizes(named_groups())
    assert "survival from 29 on, 22 named, too small; control from 16 on, 18 named." in drawn.alt
    assert drawn.table["smallest_group"].tolist() == [29, 16]
    assert "too small" not in figures.group_sizes(named_groups().iloc[1:]).alt


def test_calibration_and_comparisons_tell_what_is_off() -> None:
    assert "1 of 2 intervals lie above the expected 5%" in DRAWINGS["outside"]().alt
    assert "the largest share is 60% of 20, for one, simulated" in DRAWINGS["outside"]().alt
    assert "simulated: 1 of 2; real: 0 of 2" in DRAWINGS["rank_histograms"]().alt
    assert "3 hold it; missed: other (steep)" in DRAWINGS["against"]().alt
    assert "Most is closed by one, 75% on average" in DRAWINGS["worth"]().alt


def test_resampled_leaves_out_what_could_not_be_computed():
    table = DRAWINGS["resampled"]().table.set_index("resampled")
    assert table.loc["by patient", ["resamples", "middle"]].tolist() == [3, 0.6]
    assert table.loc["by row", "lower"] == pytest.approx(0.5075)
    assert "by patient from 31.5% to 88.5%" in DRAWINGS["resampled"]().alt


def test_log_log_draws_the_logarithm_of_the_cumulative_hazard() -> None:
    drawn = figures.log_log(two_groups())
    small = drawn.table[drawn.table["group"] == "≤15 mm"]
    assert small["months"].tolist() == [12, 24]
    assert small["survival"].to_numpy() == pytest.approx([4 / 5, 4 / 5 * 2 / 3])
    assert small["log_minus_log"].to_numpy() == pytest.approx(np.log(-np.log(small["survival"])))
    line = drawn.figure.axes[0].lines[0]
    assert line.get_xdata()[-1] == 60  # on to the last patient seen


def test_along_leaves_out_what_is_unknown() -> None:
    drawn = figures.along(course(), y_label="Hazard ratio", ratio=True)
    assert drawn.table["months"].tolist() == [12, 24]
    low, high = drawn.figure.axes[0].get_ylim()
    assert 0 < low < 0.8 < 2.5 < high < 900


def test_small_samples_say_what_is_drawn() -> None:
    drawn = DRAWINGS["log_likelihoods"]()
    assert "Cox still rises at the right edge; Firth has its top at 10" in drawn.alt
    assert "times" in DRAWINGS["permutation_tail"]().alt
    assert "between 1.2 and 1.2 times" in DRAWINGS["permutation_tail"]().alt
    power = DRAWINGS["power"]()
    assert "with 13 deaths at no ratio drawn and with 26 deaths from a ratio of 3.0" in power.alt
    assert "at most 7% apart" in power.alt
    planned = DRAWINGS["power by events"]()
    assert "of 2.0 with 70 deaths and of 10 with no number drawn" in planned.alt
    assert "by up to: expected 1%, Freedman 20% and Schoenfeld 40%" in planned.alt
    assert "at 1.5 their median is 2.8 and at 4.0" in DRAWINGS["exaggeration"]().alt
    assert "20% predicted and 10% observed" in DRAWINGS["predicted_observed"]().alt
