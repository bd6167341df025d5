"""What each other reading of a published number would change: one cohort, analysed as that reading has it.

The readings are those of the shipped study, by the words that `data/published.yaml` has for them; a
test holds the two together. The cohort was made to print the numbers as they are read here, so that
a number which changes says nothing for or against a reading. It says that the reading matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, isnan, nan

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from scipy.stats import chi2

from . import growth, survival, tables
from .cohort import Cohort
from .estimates import NotEstimable, cox, estimate
from .published import CoxOnly, Definition, Entry, KaplanMeier, MonthsToSize, Value
from .published.form import Covariate

_Values = dict[str, float]
"""What each of several analyses gives, by its name."""
_Analysis = Callable[[Cohort, Entry], Value | _Values]


@dataclass(frozen=True)
class Reread:
    """One other reading, and what the cohort gives under it.

    Attributes
    ----------
    words : str
        The reading.
    entries : tuple of Entry
        The published numbers that can be read so; definitions are left out where there are others.
    gives : tuple of str
        The value of each in the cohort under this reading; or one sentence that says why there is none.
    agrees : bool or None
        Whether all of them still print as published, for a reading that names several analyses by at
        least one of these; None where there are no values.
    possible : bool
        False where published numbers alone rule the reading out, whatever a cohort gives.
    values : tuple of float
        What `gives` says, as numbers in the unit of the entry; NaN for what is not one number.
    """

    words: str
    entries: tuple[Entry, ...]
    gives: tuple[str, ...]
    agrees: bool | None
    possible: bool = True
    values: tuple[float, ...] = ()


def reread(cohort: Cohort) -> list[Reread]:
    """Every other reading of the study, in the order of its entries."""
    entries: dict[str, list[Entry]] = {}
    for entry in cohort.study.entries.values():
        for words in entry.other_readings:
            entries.setdefault(words, []).append(entry)
    return [_reread(cohort, words, tuple(found)) for words, found in entries.items()]


def _reread(cohort: Cohort, words: str, entries: tuple[Entry, ...]) -> Reread:
    numbers = tuple(e for e in entries if not isinstance(e.estimand, Definition)) or entries
    if words not in ANALYSES:
        why = NO_ANALYSIS.get(words, "Not analysed here.")
        return Reread(words, numbers, (why,), None)
    gives, agrees, values = [], [], []
    for entry in numbers:
        values.append(nan)
        try:
            estimate(cohort, entry.estimand)  # what has no value as it is read here has none
            value = ANALYSES[words](cohort, entry)
        except (NotEstimable, growth.GrowthError) as error:
            gives.append(f"{tables.NOT_COMPUTABLE}: {error}")
            continue
        values[-1] = float(value) if isinstance(value, (int, float)) else nan
        gives.append(_text(entry, value))
        if gives[-1] != tables.NOT_COMPUTABLE:
            each = value.values() if isinstance(value, dict) else [value]
            agrees.append(any(entry.agrees(one) is True for one in each))
    said = all(agrees) if agrees else None
    possible = words not in RULED_OUT
    return Reread(words, numbers, tuple(gives), said, possible, tuple(values))


def _text(entry: Entry, value: Value | _Values) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_text(entry, one)} ({name})" for name, one in value.items())
    if not isinstance(value, (int, float)):
        return str(value)
    if entry.unit == "p":
        return tables.p_in_table(value)
    if value == inf:
        return "not reached"
    if isnan(value):
        return tables.NOT_COMPUTABLE
    return entry.format(value) + (f" {entry.unit}" if entry.unit == "months" else "")


def _from_the_primary(cohort: Cohort, entry: Entry) -> Value:
    patients = cohort.patients.copy()
    patients["follow_up_months"] += patients["months_to_oligometastasis"]
    return estimate(replace(cohort, tables=cohort.tables | {"patients": patients}), entry.estimand)


def _of_the_other_group(cohort: Cohort, entry: Entry) -> Value:
    assert isinstance(entry.estimand, KaplanMeier)
    sites = cohort.study.groupings["site_group"]
    other = sites[1 - sites.index(entry.estimand.group)]
    return estimate(cohort, entry.estimand.model_copy(update={"group": other}))


def _sized(size: Callable[[pd.Series], float]) -> _Analysis:
    """An analysis with another size of a patient's tumours."""

    def analysis(cohort: Cohort, entry: Entry) -> Value:
        sizes = cohort.lesions.groupby("patient_id", sort=False)["diameter_mm"].agg(size)
        patients = cohort.patients.assign(max_diameter_mm=cohort.patients["patient_id"].map(sizes))
        resized = replace(cohort, tables=cohort.tables | {"patients": patients})
        return estimate(resized, entry.estimand)

    return analysis


def _by_lesions(cohort: Cohort, entry: Entry) -> Value:
    assert isinstance(entry.estimand, KaplanMeier)
    patients = cohort.table_of_group(entry.estimand.group).set_index("patient_id")
    lesions = cohort.lesions[cohort.lesions["patient_id"].isin(patients.index)]
    recurred = lesions["local_recurrence_months"].astype(float)
    followed = lesions["patient_id"].map(patients["follow_up_months"])
    rate = survival.survival_at(
        recurred.fillna(followed), recurred.notna().astype(int), entry.estimand.time
    )
    return 100 * rate.estimate


def _death_as_event(cohort: Cohort, entry: Entry) -> Value:
    assert isinstance(entry.estimand, KaplanMeier)
    rows = cohort.table_of_group(entry.estimand.group)
    failed = (rows["local_recurrence"] == 1) | (rows["died"] == 1)
    rate = survival.survival_at(rows["local_time_months"], failed.astype(int), entry.estimand.time)
    return 100 * rate.estimate


def _with_death_competing(cohort: Cohort, entry: Entry) -> Value:
    assert isinstance(entry.estimand, KaplanMeier)
    rows = cohort.table_of_group(entry.estimand.group)
    causes = rows["local_recurrence"].where(rows["local_recurrence"] == 1, 2 * rows["died"])
    curves = survival.cumulative_incidence(rows["local_time_months"], causes, of=[1])
    incidence = survival.incidence_at(curves, [entry.estimand.time])["estimate"].iloc[0]
    return 100 * (1 - float(incidence))


def _by_site(cohort: Cohort) -> list[pd.Series]:
    """Follow-up and deaths of the first group by site, then of the second."""
    groups = (cohort.table_of_group(group) for group in cohort.study.groupings["site_group"])
    return [group[column] for group in groups for column in ("follow_up_months", "died")]


def _peto_and_gehan(cohort: Cohort, entry: Entry) -> _Values:
    del entry
    time, died, other_time, other_died = _by_site(cohort)
    tests = {"Peto–Peto": "peto", "Gehan": "wilcoxon"}
    return {
        name: float(logrank_test(time, other_time, died, other_died, weightings=weights).p_value)
        for name, weights in tests.items()
    }


def _tests_of_cox(cohort: Cohort, entry: Entry) -> _Values:
    del entry
    fitted = _fitted(cohort, ["site"])
    return {
        "Wald": float(fitted.summary["p"].iloc[0]),
        "likelihood ratio": float(fitted.log_likelihood_ratio_test().p_value),
    }


def _score_of_cox(cohort: Cohort, entry: Entry) -> Value:
    """The score test of a Cox model with site alone, by statsmodels, as lifelines has none."""
    from statsmodels.duration.hazard_regression import PHReg  # slow to import

    del entry
    time, died, other_time, other_died = _by_site(cohort)
    second = np.repeat([0.0, 1.0], [len(time), len(other_time)])
    months, deaths = np.r_[time, other_time], np.r_[died, other_died]
    model = PHReg(months, second, deaths, ties="efron")
    slope, information = model.score(np.zeros(1))[0], -model.hessian(np.zeros(1))[0, 0]
    return float(chi2.sf(slope**2 / information, 1))


def _at_three_years(cohort: Cohort, entry: Entry) -> Value:
    del entry
    rate = cohort.study["os-36-scf"].estimand
    assert isinstance(rate, KaplanMeier)
    first, events, second, other_events = _by_site(cohort)
    return survival.compare_at(first, events, second, other_events, rate.time).p_value


def _fitted(cohort: Cohort, terms: list[str]) -> CoxPHFitter:
    """A Cox model of overall survival with some of the covariates of the multivariable one."""
    model = cohort.study.models["multivariable"]
    fewer = model.model_copy(update={"covariates": {t: model.covariates[t] for t in terms}})
    study = cohort.study.model_copy(update={"models": {"fewer": fewer}})
    return cox(replace(cohort, study=study), "fewer")


def _backwards(cohort: Cohort, entry: Entry) -> Value:
    """The covariates that are left when the one with the largest p value goes, again and again."""
    assert isinstance(entry.estimand, CoxOnly)
    terms = list(cohort.study.models[entry.estimand.model].covariates)
    while terms:
        p = _fitted(cohort, terms).summary["p"]
        if p.max() <= entry.estimand.level:
            return ", ".join(p.index)
        terms = [term for term in p.index if term != p.idxmax()]
    return "none"


def _predicted(cohort: Cohort, entry: Entry) -> Value:
    """The mean of the survival that the multivariable model predicts to the patients of the group."""
    assert isinstance(entry.estimand, KaplanMeier)
    fitted = cox(cohort, "multivariable")
    design = pd.DataFrame(
        {
            term: _covariate(cohort, cohort.study.models["multivariable"].covariates[term])
            for term in fitted.params_.index
        }
    )[cohort.members(entry.estimand.group)]
    curves = fitted.predict_survival_function(design, times=[entry.estimand.time])
    return 100 * float(curves.iloc[0].mean())


def _covariate(cohort: Cohort, spec: Covariate) -> pd.Series:
    patients = cohort.patients
    if spec.group is not None:
        return pd.Series(cohort.members(spec.group).astype(float), patients.index)
    return patients[spec.column].astype(float) / spec.per


def _other_laws(cohort: Cohort, entry: Entry) -> _Values:
    assert isinstance(entry.estimand, MonthsToSize)
    lesions = cohort.table_of_group(entry.estimand.group)
    fitted = growth.compare(lesions, target_mm=entry.estimand.target)
    months = fitted["months_to_target"].dropna().drop("exponential", errors="ignore")
    if months.empty:
        raise NotEstimable("no other law could be fitted")
    return {str(law): float(value) for law, value in months.items()}


def _median_of_all(cohort: Cohort, entry: Entry) -> Value:
    del entry
    patients = cohort.patients
    fitted = KaplanMeierFitter().fit(patients["progression_time_months"], patients["progressed"])
    return float(fitted.median_survival_time_)


ANALYSES: dict[str, _Analysis] = {
    "Counted from the diagnosis of the cervical cancer.": _from_the_primary,
    "The rate of the other group; this sentence names no groups, and we take the order of the one "
    "before.": _of_the_other_group,
    "The diameter of one lesion, such as the first.": _sized(lambda sizes: sizes.iloc[0]),
    "The sum of the diameters.": _sized(lambda sizes: sizes.sum()),
    "Predicted from the Cox model.": _predicted,
    "Diagnosed later than that many years. The counts would then have to fall, and they rise.": (
        lambda cohort, entry: int((~cohort.members(entry.estimand.group)).sum())  # type: ignore[union-attr]
    ),
    "The reverse Kaplan–Meier median, in which deaths are censored.": lambda cohort, _: (
        survival.follow_up_median(
            cohort.patients["follow_up_months"], cohort.patients["died"]
        ).estimate
    ),
    "The median among those still alive.": lambda cohort, _: float(
        cohort.patients.loc[cohort.patients["died"] == 0, "follow_up_months"].median()
    ),
    "Lesions as units.": _by_lesions,
    "Death counted as an event, which the survival rates rule out.": _death_as_event,
    "A cumulative incidence with death as a competing event.": _with_death_competing,
    "The Wald or likelihood-ratio test of a Cox model.": _tests_of_cox,
    "The score test of a Cox model, which is the log-rank test but for ties.": _score_of_cox,
    "The Peto–Peto or Gehan test.": _peto_and_gehan,
    "A comparison at 3 years only, which the two rates rule out.": _at_three_years,
    "The Kaplan–Meier median over all patients, which so few events cannot give.": _median_of_all,
    "The one covariate left after stepwise selection.": _backwards,
    "The log-rank test.": lambda cohort, _: estimate(
        cohort, cohort.study.requirements["log-rank-size"].estimand
    ),
    "Fitted to the lesions found within 6 months only.": lambda cohort, entry: estimate(
        cohort, entry.estimand.model_copy(update={"group": "recent-ct"})
    ),
    "Another law of growth.": _other_laws,
}
"""How the readings that a table of patients can follow are analysed."""

RULED_OUT = frozenset(
    {
        "Diagnosed later than that many years. The counts would then have to fall, and they rise.",
        "Death counted as an event, which the survival rates rule out.",
        "A comparison at 3 years only, which the two rates rule out.",
        "The Kaplan–Meier median over all patients, which so few events cannot give.",
    }
)
"""The readings that no patients behind the published numbers can have."""

NO_ANALYSIS = {
    "The date is that of the diagnosis.": "The same dates would stand in another column.",
    "Follow-up went on after the last treatment.": (
        "Patients treated last could have been followed for longer."
    ),
    "Counted from the diagnosis of the oligometastasis.": (
        "The tables do not have this date; treatment usually begins some weeks after it."
    ),
    "Fitted to several measurements of the same lesions.": (
        "The tables have one measurement of each lesion."
    ),
}
"""The readings that the tables cannot follow, and why."""
