"""Numbers that chapters quote and nothing prints: computed twice, kept in a file, shown in one form."""

from __future__ import annotations

import functools
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from fixtures_core import INVENTED, invoke
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from lifelines import (
    CoxPHFitter,
    CoxTimeVaryingFitter,
    KaplanMeierFitter,
    LogNormalAFTFitter,
    MixtureCureFitter,
    NelsonAalenFitter,
    WeibullAFTFitter,
    WeibullFitter,
)
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import logrank_test
from lifelines.utils import (
    concordance_index,
    restricted_mean_survival_time,
)
from scipy.optimize import brentq, minimize
from scipy.stats import chi2, multivariate_normal
from scipy.stats import t as student
from selection import some
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from helpers import cohort as contract
from helpers import ensemble, estimates, growth, prognosis, published, ranges, short, survival
from helpers.ensemble import cohorts, corrected, open_ranges, quoted, store
from helpers.ensemble.states import hazard_ratio, log_time_ratio, proportional_p
from helpers.published import checking

FOLDERS = [published.DATA / "cohort", *sorted((published.DATA / "alternatives").iterdir())]
GROUPS = ("everyone", "supraclavicular", "other-sites", "small", "large")
PAIRS = {"site": GROUPS[1:3], "size": GROUPS[3:]}
EXACT = {"precision": 1e-12}


# A second way, with the libraries of the chapters, for one cohort


def _of_group(cohort, name):
    rows = cohort.patients[cohort.members(name)]
    time, event = rows["follow_up_months"], rows["died"]
    curve = KaplanMeierFitter().fit(time, event)
    at = survival.survival_at(time, event, 36)
    followed = time.max() >= 60 or curve.survival_function_.iloc[-1, 0] == 0
    yield "patients", len(rows)
    yield "rate-12", curve.predict(12)
    yield "rate-24", curve.predict(24)
    yield "deaths", event.sum()
    yield "deaths-36", event[time <= 36].sum()
    yield "at-risk-36", (time >= 36).sum()
    yield "rate-36", curve.predict(36)
    yield "rate-36-lower", at.lower
    yield "rate-36-upper", at.upper
    yield "rate-60", curve.predict(60) if followed else np.nan
    median = survival.median_survival(time, event)
    yield "median", median.estimate
    yield "median-lower", median.lower
    yield "median-upper", median.upper
    yield "mean-36", restricted_mean_survival_time(curve, t=36)
    yield "follow-up", survival.follow_up_median(time, event).estimate
    yield "follow-up-alive", time[event == 0].median()
    for what, factor in (("worst", np.inf), ("best", 0)):
        yield f"{what}-36", survival.if_censored_differ(time, event, 36, factor)[0]


def _of_difference(cohort, names):
    one, other = (cohort.patients[cohort.members(name)] for name in names)
    given = [part[column] for part in (one, other) for column in ("follow_up_months", "died")]
    rates = [survival.survival_at(*given[i : i + 2], 36) for i in (0, 2)]
    errors = []
    for i in (0, 2):
        curve = SurvfuncRight(*given[i : i + 2])
        errors.append(curve.surv_prob_se[curve.surv_times <= 36][-1])
    gap, error = rates[0].estimate - rates[1].estimate, np.hypot(*errors)
    yield "difference-36", gap
    yield "difference-36-lower", gap - 1.959963984540054 * error
    yield "difference-36-upper", gap + 1.959963984540054 * error
    yield "difference-36-p", survival.compare_at(*given, time=36).p_value
    for month in (24, 36):
        means = survival.rmst_difference(*given, horizon=month)
        yield f"mean-difference-{month}", means.estimate
        yield f"mean-difference-{month}-lower", means.lower
        yield f"mean-difference-{month}-upper", means.upper
        yield f"mean-difference-{month}-p", means.p_value
    test = logrank_test(given[0], given[2], given[1], given[3])
    expected, variance = _expected(*given)
    assert test.test_statistic == pytest.approx((given[1].sum() - expected) ** 2 / variance)
    yield "log-rank-variance", variance
    yield "log-rank", test.test_statistic
    yield "excess", given[1].sum() - expected


def _expected(one_time, one_event, other_time, other_event):
    """Expected deaths of the first group and their variance, death by death."""
    expected = variance = 0.0
    for month in np.unique(
        np.concatenate([one_time[one_event == 1], other_time[other_event == 1]])
    ):
        a, b = (one_time >= month).sum(), (other_time >= month).sum()
        d = one_event[one_time == month].sum() + other_event[other_time == month].sum()
        expected += d * a / (a + b)
        if a + b > 1:
            variance += d * a * b * (a + b - d) / ((a + b) ** 2 * (a + b - 1))
    return expected, variance


def _incidence(time, code, cause, at):
    with np.errstate(divide="ignore", invalid="ignore"):
        found = CumIncidenceRight(time, code)
    return found.cinc[cause - 1][found.times <= at][-1] if (code == cause).any() else 0.0


def _of_local(cohort, name):
    rows = cohort.patients[cohort.members(name)]
    code = np.select([rows["local_recurrence"] == 1, rows["died"] == 1], [1, 2], default=0)
    yield "at-risk-36", (rows["local_time_months"] >= 36).sum()
    if (code == 1).any():
        yield "incidence-36", _incidence(rows["local_time_months"], code, 1, 36)
        yield "death-36", _incidence(rows["local_time_months"], code, 2, 36)
    else:  # statsmodels wants every cause
        died = KaplanMeierFitter().fit(rows["local_time_months"], code == 2)
        yield "incidence-36", 0.0
        yield "death-36", 1 - died.predict(36)


def _limits_of_control(cohort):
    for name in GROUPS[1:3]:
        rows = cohort.patients[cohort.members(name)]
        given = rows["local_time_months"], rows["local_recurrence"], 36
        yield f"exact-lower.{name}", survival.exact_rate_at(*given).lower
        rate = survival.survival_at(*given)
        yield f"rate-36-lower.{name}", rate.lower
        yield f"rate-36-upper.{name}", rate.upper
    owners = rows.set_index("patient_id")["follow_up_months"]
    lesions = cohort.lesions[cohort.lesions["patient_id"].isin(owners.index)]
    followed = lesions["patient_id"].map(owners)
    back = lesions["local_recurrence_months"] <= followed
    time = lesions["local_recurrence_months"].where(back, followed).astype(float)
    yield "by-lesion", KaplanMeierFitter().fit(time, back).predict(36)


def _by_patient(cohort):
    counts = cohort.patients.loc[cohort.members("other-sites"), "n_lesions"]
    each = cohort.study["lrf-36-other"].value / 100
    return np.mean([each**count for count in counts])


def _of_progression(cohort):
    rows = cohort.patients
    time = rows["progression_time_months"]
    code = np.select([rows["progressed"] == 1, rows["died"] == 1], [1, 2], default=0)
    alone = KaplanMeierFitter().fit(time, rows["progressed"])
    for month in (6, 12, 24, 36):
        yield f"incidence-{month}", _incidence(time, code, 1, month)
        yield f"one-minus-{month}", 1 - alone.predict(month)
    for month in (6, 12, 24):
        sooner = np.where(code == 1, (time - 3).clip(lower=0), time)
        yield f"earlier-{month}", _incidence(sooner, code, 1, month)
    years = (time - time[code == 1].max()).clip(lower=0).sum() / 12
    yield "years-after", years
    yield "yearly-upper", chi2.isf(0.05, 2) / 2 / years
    free = KaplanMeierFitter().fit(time, code > 0)
    yield "free-12", free.predict(12)
    yield "free-median", survival.median_survival(time, code > 0).estimate
    yield "by-death", (code == 2).sum() / (code > 0).sum()
    base = rows.assign(start=0.0, stop=rows["follow_up_months"], death=rows["died"])
    there = base[base["follow_up_months"] > 12]
    before = base.assign(stop=time, state=0, death=base["died"].where(base["progressed"] == 0, 0))
    moved = base[base["progressed"] == 1]
    ways = {
        "ever": base.assign(state=base["progressed"]),
        "landmark": there.assign(start=12.0, state=(there["progression_months"] <= 12).astype(int)),
        "changing": pd.concat([before, moved.assign(start=moved["progression_months"], state=1)]),
    }
    for id, table in ways.items():
        table = table[table["stop"] > table["start"]]
        ratio = p = np.nan
        if table.loc[table["death"] == 1, "state"].nunique() == 2:
            with suppress(ConvergenceError, ConvergenceWarning):
                fit = CoxTimeVaryingFitter().fit(
                    table[["patient_id", "start", "stop", "state", "death"]],
                    id_col="patient_id", start_col="start", stop_col="stop", event_col="death",
                    fit_options=EXACT,
                )  # fmt: skip
                ratio, p = fit.summary.loc["state", ["exp(coef)", "p"]]
        yield f"hazard-ratio.{id}", ratio
        yield f"p.{id}", p


def _of_site(cohort):
    rows = cohort.patients.assign(neck=cohort.members("supraclavicular").astype(float))
    time, died = rows["follow_up_months"], rows["died"]
    alone = rows["progression_time_months"]
    for id, months, event in (
        ("before-18", time.clip(upper=18), died.where(time <= 18, 0)),
        ("after-18", (time - 18)[time > 18], died),
        ("new-progression", alone, rows["progressed"]),
        ("death-without-it", alone, died.where(rows["progressed"] == 0, 0)),
    ):
        table = pd.DataFrame({"months": months, "event": event, "neck": rows["neck"]}).dropna()
        fit = CoxPHFitter().fit(table, "months", "event", fit_options=EXACT)
        yield f"ratio.{id}", fit.hazard_ratios_["neck"]

    table = pd.DataFrame({"months": time, "died": died, "neck": rows["neck"]})
    table["large"] = cohort.members("large").astype(float)
    fit = CoxPHFitter().fit(table, "months", "died", fit_options=EXACT)
    yield "ratio.beside-size", fit.hazard_ratios_["neck"]
    fit = CoxPHFitter().fit(table, "months", "died", strata=["large"], fit_options=EXACT)
    yield "ratio.stratified", fit.hazard_ratios_["neck"]
    for law, fitter, place in (
        ("weibull", WeibullAFTFitter(), "lambda_"),
        ("log-normal", LogNormalAFTFitter(), "mu_"),
    ):
        fit = fitter.fit(table.drop(columns="large"), "months", "died")
        yield f"times.{law}", np.exp(fit.params_[place, "neck"])
    code = np.select([rows["progressed"] == 1, died == 1], [1, 2], default=0)
    for cause, id in ((1, "new-progression"), (2, "death-without-it")):
        weighted = survival.fine_gray_rows(alone, code, cause)
        weighted = weighted.join(rows["neck"].reset_index(drop=True), on="patient")
        fit = CoxTimeVaryingFitter().fit(
            weighted, id_col="patient", start_col="start", stop_col="stop", event_col="event",
            weights_col="weight", fit_options=EXACT,
        )  # fmt: skip
        yield f"subdistribution.{id}", fit.hazard_ratios_["neck"]


def _of_change(cohort):
    """Whether one ratio holds, on rows cut at a time and at every death."""
    rows = cohort.patients
    table = pd.DataFrame({"months": rows["follow_up_months"], "died": rows["died"]})
    table["neck"] = cohort.members("supraclavicular").astype(float)
    fine = prognosis.episodes(
        table, table.loc[table["died"] == 1, "months"].unique(), duration_col="months", event_col="died"
    )  # fmt: skip
    fine["moving"] = fine["neck"] * np.log(fine["stop"] / 12)
    fit = CoxTimeVaryingFitter().fit(
        fine[["id", "start", "stop", "died", "neck", "moving"]],
        id_col="id", event_col="died", fit_options=EXACT,
    )  # fmt: skip
    yield "ratio.at-12", fit.hazard_ratios_["neck"]
    yield "log-time", fit.params_["moving"]
    alone = CoxPHFitter().fit(table, "months", "died", fit_options=EXACT)
    test = prognosis.proportional_hazards_test(alone, table).table.set_index("term")
    yield "proportional-p", test.loc["neck", "p"]
    combined = survival.max_combo(table["months"], table["died"], table["neck"] == 1)
    yield "max-combo-p", combined.p_value
    pieces = prognosis.episodes(table, [18], duration_col="months", event_col="died")
    pieces["lived"] = pieces["stop"] - pieces["start"]
    sums = pieces.groupby(["episode", "neck"])[["died", "lived"]].sum()
    for (episode, neck), found in sums.iterrows():
        name = f"{('early', 'late')[int(episode)]}.{GROUPS[1] if neck else GROUPS[2]}"
        yield f"deaths-per-100.{name}", 100 * found["died"] / found["lived"]


def _of_clocks(cohort):
    rows = cohort.patients
    time, died = rows["follow_up_months"], rows["died"]
    curve = KaplanMeierFitter().fit(time, died)
    for month in (0, 6, 12, 24):
        seen = time.max() >= month + 24
        further = curve.predict(month + 24) / curve.predict(month)
        yield f"further-{month}", further if seen else np.nan
    entry = rows["months_to_oligometastasis"]
    stop = (entry + time).round(6)
    yield "ignored-36", KaplanMeierFitter().fit(stop, died).predict(36)
    for name in GROUPS[1:3]:
        there = cohort.members(name)
        apart = KaplanMeierFitter().fit(stop[there], died[there])
        yield f"ignored-36.{name}", apart.predict(36)
    late = KaplanMeierFitter().fit(stop, died, entry=entry + 1e-6)
    yield "delayed-36", late.predict(36)
    one, other = (rows[cohort.members(name)] for name in GROUPS[1:3])

    def gap(factor):
        better, worse = (
            survival.if_censored_differ(of["follow_up_months"], of["died"], 36, by)[0]
            for of, by in ((other, factor), (one, 1))
        )
        return better - worse

    yield "tipping", brentq(gap, 1, 1000, xtol=1e-9)


def _of_size(cohort):
    rows = cohort.patients.assign(large=cohort.members("large").astype(float))
    for name in ("supraclavicular", "other-sites"):
        inside = rows.loc[cohort.members(name), ["follow_up_months", "died", "large"]]
        fit = CoxPHFitter().fit(inside, "follow_up_months", "died", fit_options=EXACT)
        yield f"ratio.{name}", fit.hazard_ratios_["large"]
    rows = rows.assign(neck=cohort.members("supraclavicular").astype(float))
    rows["both"] = rows["large"] * rows["neck"]
    table = rows[["follow_up_months", "died", "large", "neck", "both"]]
    ratio = np.nan
    with suppress(ConvergenceError, ConvergenceWarning):
        fit = CoxPHFitter().fit(table, "follow_up_months", "died", fit_options=EXACT)
        ratio = fit.hazard_ratios_["both"]
    yield "ratio.between", ratio
    yield "ratio.at-best-cut", _at_best_cut(rows)


def _at_best_cut(rows):
    """One-step ratio at the cut with the largest statistic of log-rank scores, a tenth on either side."""
    time, died, mm = (
        rows[name].to_numpy(float) for name in ("follow_up_months", "died", "max_diameter_mm")
    )
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, died)
    scores = died - hazard.cumulative_hazard_at_times(time).to_numpy()
    n, found = len(mm), {}
    for cut in np.unique(mm)[:-1]:
        above = mm > cut
        if int(0.1 * n) <= (~above).sum() <= int(0.9 * n):
            surplus = scores[above].sum() - above.sum() * scores.mean()
            spread = above.sum() * (~above).sum() / n * scores.var(ddof=1)
            found[cut] = abs(surplus) / np.sqrt(spread)
    above = mm > max(found, key=found.get)
    expected, variance = _expected(time[above], died[above], time[~above], died[~above])
    return np.exp((died[above].sum() - expected) / variance)


def _design(cohort):
    model = cohort.study.models["multivariable"]
    x = pd.DataFrame(
        {
            term: cohort.members(one.group) if one.group else cohort.patients[one.column] / one.per
            for term, one in model.covariates.items()
        }
    ).astype(float)
    return x, cohort.patients[["follow_up_months", "died"]]


def _of_model(cohort):
    x, outcome = _design(cohort)
    together = estimates.cox(cohort, "multivariable")
    penalised = prognosis.firth(x, *(outcome[name] for name in outcome))
    penalised = penalised.set_index("term")["hazard_ratio"]
    for term in x:
        alone = CoxPHFitter().fit(x[[term]].join(outcome), *outcome, fit_options=EXACT)
        for way, fit in (("univariable", alone), ("cox", together)):
            row = fit.summary.loc[term]
            yield f"{term}.{way}", row["exp(coef)"]
            yield f"{term}.{way}-lower", row["exp(coef) lower 95%"]
            yield f"{term}.{way}-upper", row["exp(coef) upper 95%"]
            yield f"{term}.{way}-p", row["p"]
        yield f"{term}.firth", penalised[term]
    yield "c-index", together.concordance_index_
    bootstrap = prognosis.concordance(
        x, *(outcome[name] for name in outcome), resamples=corrected.RESAMPLES, seed=2023
    )
    yield "corrected.c-index", bootstrap.corrected
    yield (
        "c-index-size",
        concordance_index(outcome["follow_up_months"], -x["size"], outcome["died"]),
    )


def _of_forecasts(cohort):
    """Lifelines has the coefficients, the chapter's prediction the baseline."""
    x, outcome = _design(cohort)
    table = x.join(outcome)
    fit = CoxPHFitter().fit(table, *outcome, fit_options=EXACT)
    woman = pd.DataFrame(0.0, index=["small", "large"], columns=x.columns)
    woman = woman.assign(lesions=1.0, interval=2.0, age=5.0, size=[0.0, 1.0])
    found = prognosis.predicted_survival(fit, table, woman, [12, 36])
    for row in found.itertuples():
        yield f"predicted.{row.patient}-{row.time:.0f}", row.survival
    means = {}
    for name, large in (("small", 0.0), ("large", 1.0)):
        each = prognosis.predicted_survival(fit, table, x.assign(size=large), [12, 24, 36])
        means[name] = each.groupby("time")["survival"].mean()
        for month, mean in means[name].items():
            yield f"adjusted.{name}-{month:.0f}", mean
    yield "adjusted.difference-36", means["small"][36] - means["large"][36]


def _penalised(x, time, died):
    """Firth's penalty on the likelihood of statsmodels; tied deaths by Efron's method."""
    model = PHReg(time, x - x.mean(axis=0), died, ties="efron")

    def surplus(beta):
        return -model.loglike(beta) - np.linalg.slogdet(-model.hessian(beta))[1] / 2

    return minimize(surplus, np.zeros(x.shape[1]), method="BFGS", options={"gtol": 1e-7}).x


def _hazard(risk, time, died):
    """Breslow's cumulative baseline hazard at 36 months."""
    return sum(
        1 / np.exp(risk[time >= time[i]]).sum() for i in np.flatnonzero((died == 1) & (time <= 36))
    )


def _scores(time, died, risk, hazard):
    """C, Brier score, skill and calibration slope of predictions."""
    chance = np.exp(-hazard * np.exp(risk))
    weight = prognosis.watched_weights(time, died, 36)
    alive = ~((died == 1) & (time <= 36))

    def score(predicted):
        return np.sum(weight * (alive - predicted) ** 2) / weight.sum()

    everybody = KaplanMeierFitter().fit(time, died).predict(36)
    slope = CoxPHFitter().fit(
        pd.DataFrame({"months": time, "died": died, "risk": risk}), "months", "died", fit_options=EXACT
    )  # fmt: skip
    return np.array(
        [
            concordance_index(time, -risk, died),
            score(chance),
            1 - score(chance) / score(everybody),
            slope.params_["risk"],
        ]
    )


def _of_performance(cohort):
    x, outcome = _design(cohort)
    x, time, died = x.to_numpy(), *(outcome[name].to_numpy() for name in outcome)
    risk = x @ _penalised(x, time, died)
    hazard = _hazard(risk, time, died)
    apparent = _scores(time, died, risk, hazard)
    chance = np.exp(-hazard * np.exp(risk))
    yield "c-index", apparent[0]
    yield "brier-36", apparent[1]
    yield "skill-36", apparent[2]
    yield "area-36", prognosis.area_under_curve(time, died, risk, 36)
    for percent in (10, 25, 50, 75):
        yield (
            f"net-benefit-{percent}",
            prognosis.net_benefit(time, died, 1 - chance, percent / 100, 36),
        )
    gains = []
    for rows in np.random.default_rng(2023).integers(0, len(x), (corrected.RESAMPLES, len(x))):
        coef = _penalised(x[rows], time[rows], died[rows])
        base = _hazard(x[rows] @ coef, time[rows], died[rows])
        within = _scores(time[rows], died[rows], x[rows] @ coef, base)
        gains.append(within - _scores(time, died, x @ coef, base))
    for name, value in zip(
        ("c-index", "brier", "skill", "slope"), apparent - np.mean(gains, axis=0), strict=True
    ):
        yield f"corrected.{name}", value


def _of_growth(cohort):
    rows = cohort.table_of_group("any-ct")
    fitted = growth.fit(rows)
    doubling = growth.doubling_time(fitted, resamples=0)
    to_15 = growth.interval_to(fitted, 15, resamples=0)
    line = smf.ols("np.log(diameter_mm) ~ months_since_negative_ct", rows).fit()
    intercept, slope = line.params
    ask = line.get_prediction(pd.DataFrame({"months_since_negative_ct": [1.0, 6.0]}))
    spread = np.sqrt(ask.var_pred_mean + line.scale)
    above = student.sf((np.log(15) - ask.predicted_mean) / spread, line.df_resid)
    recent = growth.compare(cohort.table_of_group("recent-ct"), ("exponential",))
    yield "lesions", len(rows)
    yield "start", fitted.estimates["d0"]
    yield "residual-sd", fitted.residual_sd
    yield "doubling", doubling.diameter.estimate
    yield "volume-doubling", doubling.volume.estimate
    yield "to-15", to_15.estimate
    yield "to-15-lower", to_15.profile.lower
    yield "to-15-upper", to_15.profile.upper
    yield "to-15-recent", recent["months_to_target"].iloc[0]
    yield "to-15-log", (np.log(15) - intercept) / slope
    yield "above-15-1", above[0]
    yield "above-15-6", above[1]
    weeks = line.get_prediction(
        pd.DataFrame({"months_since_negative_ct": np.arange(1, 53) * 7 / contract.DAYS_PER_MONTH})
    )
    spread = np.sqrt(weeks.var_pred_mean + line.scale)
    above = student.sf((np.log(15) - weeks.predicted_mean) / spread, line.df_resid)
    yield "weeks-for-tenth", (above <= 0.1).sum()


def second_way(cohort):
    found = {}
    for name in GROUPS:
        found |= {f"survival.{what}.{name}": value for what, value in _of_group(cohort, name)}
    for term, names in PAIRS.items():
        found |= {f"survival.{what}.{term}": v for what, v in _of_difference(cohort, names)}
    for name in GROUPS[:3]:
        found |= {f"local.{what}.{name}": value for what, value in _of_local(cohort, name)}
    found["lesions"] = len(cohort.lesions)
    found["local.by-patient"] = _by_patient(cohort)
    found |= {f"local.{what}": value for what, value in _limits_of_control(cohort)}
    three = cohort.patients["n_lesions"] == 3
    given = cohort.patients["follow_up_months"], cohort.patients["died"]
    parts = [of[there] for there in (three, ~three) for of in given]
    test = logrank_test(parts[0], parts[2], parts[1], parts[3])
    found["survival.log-rank-p.three-lesions"] = test.p_value
    seen = cohort.patients[["follow_up_months", "died"]]
    mixture = MixtureCureFitter(base_fitter=WeibullFitter()).fit(*(seen[name] for name in seen))
    share = mixture.cured_fraction_  # lifelines stops at 1e-9
    found["survival.cured"] = 0.0 if share < 1e-6 else share
    for part, values in (
        ("progression", _of_progression), ("site", _of_site), ("site", _of_change), ("size", _of_size), ("model", _of_model), ("growth", _of_growth),
        ("firth", _of_performance), ("clock", _of_clocks),
    ):  # fmt: skip
        found |= {f"{part}.{what}": value for what, value in values(cohort)}
    found |= dict(_of_forecasts(cohort))
    return found


@functools.cache
def few():
    study = published.load()
    loaded = [contract.load(folder, study) for folder in FOLDERS]
    tables = [
        {name: store.as_written(study, name, frame) for name, frame in one.tables.items()}
        for one in loaded
    ]
    record = pd.DataFrame({"measure": ["one"] * len(tables), "shard": range(len(tables))})
    flat = store.flatten(study, store.stacked(study, tables), record)
    return loaded, cohorts.of_flat(flat, study, "made up")


def test_every_quoted_number_is_that_of_the_libraries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corrected, "RESAMPLES", 3)
    loaded, together = few()
    found = {one.id: one.found for one in quoted.quoted(together)}
    for number, cohort in some(enumerate(loaded), 3):
        wanted = second_way(cohort)
        assert set(found) <= set(wanted)
        for id, values in found.items():
            # lmfit finds the ends of a profile to 5e-5, lifelines a p value of the Cox model to 2e-6.
            # scipy finds the top of a penalised likelihood to 1e-5, and a share cured.
            rough = id.startswith(("growth.to-15-", "firth.", "survival.cured"))
            within = 2e-4 if rough else 1e-5
            assert values[number] == pytest.approx(wanted[id], rel=within, abs=1e-12, nan_ok=True), (
                cohort.name, id,
            )  # fmt: skip


def test_the_hazard_ratio_of_a_state_that_explains_every_death_is_not_a_number():
    time = np.array([[2.0, 3.0, 5.0, 7.0]] * 3)
    died = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]], bool)
    entered = np.array([[-np.inf, -np.inf, np.inf, np.inf]] * 3)
    found = hazard_ratio(time, died, entered, np.ones_like(died))
    assert np.isnan(found.ratio).tolist() == [True, True, True]
    changes = hazard_ratio(
        time[:1], died[:1], np.array([[np.inf, 2.0, np.inf, 1.0]]), died[:1] >= 0
    )
    assert np.isfinite(changes.log).all()


def test_the_max_combo_test_is_that_of_a_normal_distribution():
    cohort = few()[0][0]
    neck = cohort.members("supraclavicular")
    found = survival.max_combo(cohort.patients["follow_up_months"], cohort.patients["died"], neck)
    box = np.full(4, found.statistic)
    normal = multivariate_normal(np.zeros(4), found.correlation, allow_singular=True)
    assert found.p_value == pytest.approx(1 - normal.cdf(box, lower_limit=-box), abs=2e-3)


def test_a_ratio_that_has_no_maximum_does_not_change_either():
    time = np.array([[2.0, 3.0, 5.0, 7.0]] * 2)
    died = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], bool)
    inside = np.array([[-np.inf, -np.inf, np.inf, np.inf]] * 2)
    everybody = np.ones_like(died)
    assert np.isnan(log_time_ratio(time, died, inside, everybody).slope).all()
    assert np.isnan(proportional_p(time, died, inside, everybody)).all()


def test_a_study_without_these_endpoints_is_refused():
    study = published.load(INVENTED)
    hips = pd.DataFrame(
        {
            "hip": ["H1"], "prosthesis": ["cemented"], "bmi": [27.1], "smoker": [0],
            "operated": ["1990-01-01"], "observed_weeks": [200], "revised_weeks": [np.nan],
        }
    )  # fmt: skip
    record = pd.DataFrame({"measure": ["one"], "shard": [0]})
    flat = store.flatten(study, store.stacked(study, [{"hips": hips}]), record)
    with pytest.raises(ensemble.EnsembleError, match="'overall-survival' was expected"):
        quoted.ranges(cohorts.of_flat(flat, study, "made up"))


def test_a_study_of_another_kind_has_ranges_of_what_it_leaves_open(tmp_path):
    study = published.load(published.DATA / "tiny.yaml")
    measures = tuple(study.measures)[:1]
    drawn = ensemble.draw(ensemble.Plan(study, 8, 1, measures), tmp_path, workers=1)
    table = open_ranges.open_ranges(drawn)
    assert list(table) == quoted.COLUMNS
    words = ensemble.quantities(drawn)
    main = set(words.index[words["main"]])
    assert set(table["quantity"]) == main - open_ranges.printed_names(drawn)
    values = ensemble.unprinted(drawn)
    for row in table[table["measure"] != ranges.ENVELOPE].itertuples():
        assert values[row.quantity].min() <= row.lower <= row.upper <= values[row.quantity].max()


def test_one_year_is_no_years():
    whole = short.expanded(
        short.read("name: a\nrows: 1\ntime: years\nrates: {os 1: 0%, os 2: 0%}", "a.yaml")
    )
    study = checking.parse(short.written(whole, "a.yaml"), Path("a.yaml"))
    patients = pd.DataFrame({"patient_id": ["P1"], "follow_up": [0.5], "died": [1]})
    record = pd.DataFrame({"measure": ["priors"], "shard": [0]})
    flat = store.flatten(study, store.stacked(study, [{"patients": patients}]), record)
    words = ensemble.quantities(cohorts.of_flat(flat, study, "made up"))["words"]
    assert words["overall-survival.survival-1"] == "Overall survival at 1 year, everyone"
    assert words["overall-survival.events-2"] == "Events by 2 years, overall survival"


# The file that is shipped


def test_the_shipped_ranges_are_those_of_the_shipped_cohorts():
    """Counts need no analysis: pandas alone finds them in the file of the ensemble."""
    flat = pd.read_parquet(published.DATA / "ensemble.parquet")
    flat["cohort"] = flat["cohort"].astype(int)
    largest = flat.groupby(["cohort", "patients.patient_id"], observed=True)[
        "lesions.diameter_mm"
    ].max()
    patients = flat.drop_duplicates(["cohort", "patients.patient_id"])
    patients = patients.set_index(["cohort", "patients.patient_id"]).assign(largest=largest)
    time, died = patients["patients.follow_up_months"].astype(float), patients["patients.died"] == 1
    large, neck = patients["largest"] > 15, patients["patients.site"] == "supraclavicular"
    chosen = {
        "survival.deaths.everyone": died,
        "survival.deaths.supraclavicular": died & neck,
        "survival.deaths-36.other-sites": died & ~neck & (time <= 36),
        "survival.patients.small": ~large,
        "survival.at-risk-36.large": large & (time >= 36),
    }
    counts = {id: flags.groupby("cohort").sum() for id, flags in chosen.items()}
    with_ct = flat["lesions.months_since_negative_ct"].astype(float).notna()
    counts["growth.lesions"] = with_ct.groupby(flat["cohort"]).sum()
    measure = patients["measure"].groupby("cohort").first()
    for id, values in counts.items():
        rows = ranges.table().query("quantity == @id").set_index("measure")
        by = values.groupby(measure, observed=True)
        for name, of in by:
            ends = np.quantile(of, [0.025, 0.5, 0.975], method="inverted_cdf")
            assert rows.loc[name, ["lower", "median", "upper"]].tolist() == ends.tolist(), id
            assert rows.loc[name, "cohorts"] == len(of)
        assert rows.loc[ranges.ENVELOPE, "lower"] == rows["lower"].min()
        assert rows.loc[ranges.ENVELOPE, "upper"] == rows["upper"].max()


def test_the_shipped_ranges_have_every_quoted_number_under_every_measure():
    ids = [one.id for one in quoted.quoted(few()[1])]
    table = ranges.table()
    assert list(table["quantity"].unique()) == ids
    measures = [*published.load().measures, ranges.ENVELOPE]
    for _, rows in table.groupby("quantity"):
        assert rows["measure"].tolist() == measures
        assert (rows["lower"] <= rows["upper"]).all()


@pytest.mark.full
def test_the_shipped_ranges_are_what_make_unprinted_writes(tmp_path):
    out = tmp_path / "unprinted.csv"
    done = invoke("ensemble", "unprinted", published.DATA / "ensemble.parquet", "--out", out)
    assert done.exit_code == 0, done.stderr
    assert out.read_bytes() == (published.DATA / "unprinted.csv").read_bytes()


# What a reader sees


def test_a_number_stands_beside_its_ranges():
    table = ranges.beside(
        {
            "survival.median.small": np.inf,
            "survival.mean-difference-36.site": -6.04,
            "survival.difference-36-upper.site": None,
            "model.size.cox": 11.93,
            "model.site.cox-p": 0.0004,
            "local.incidence-36.everyone": 0.0361,
            "survival.deaths.everyone": 28,
            "survival.log-rank-variance.site": 5.2249,
        }
    )
    assert table["quantity"][0] == "Median survival, ≤15 mm, in months"
    labels = [one.label for one in published.load().measures.values()]
    assert list(table) == ["quantity", "this_cohort", "all_measures", *labels, "cohorts"]
    assert table["this_cohort"].tolist() == [
        "not reached", "−6.0", "not computable", "11.9", "< 0.001", "3.6%", "28", "5.22",
    ]  # fmt: skip
    assert table["all_measures"][0].endswith(" to not reached")
    assert table["all_measures"][2].count(" points") == 1
    assert table["all_measures"][2].endswith(" points")
    assert (table["cohorts"] == 2000).all()
    known = ranges.table().query("quantity == 'survival.deaths.everyone'").set_index("measure")
    low, high = known.loc[ranges.ENVELOPE, ["lower", "upper"]]
    assert (
        table["all_measures"][6]
        == f"{low:.0f} to {high:.0f}"
        == ranges.text(known["quantity"].iloc[0])
    )
    assert ranges.text("local.at-risk-36.supraclavicular", "exchangeable").count(" to ") == 1


def test_a_quantity_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"has no quantity 'survival\.media\.small'"):
        ranges.beside({"survival.media.small": 1.0})
    with pytest.raises(ValueError, match="found 'weibull'"):
        ranges.text("survival.median.small", "weibull")


def test_the_table_says_how_to_read_it():
    InteractiveShell.instance()
    with capture_output() as shown:
        ranges.show({"survival.deaths.everyone": 28}, caption="Deaths")
    (output,) = shown.outputs
    html = output.data["text/html"]
    assert "Deaths: in this cohort, and in 2,000 that agree with the abstract" in html
    assert (
        "the middle 95% of its cohorts; the widest reach goes from the least of their lower ends to the greatest of their upper ends"
        in html
    )
    assert "Widest reach" in html
