"""Exercises of "Prognostic factors"."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import exp, log, nan, prod

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..cohort import Cohort
from .answers import Exercise, Mistake

_SIX = ((3, 1, 1), (5, 0, 1), (8, 1, 0), (10, 0, 1), (14, 1, 0), (18, 0, 0))
"""Month in which each of six invented patients left, whether her tumour was large, whether she died."""
_RATIO = 3.0


def _chances(
    ratio: float = _RATIO,
    patients: Sequence[tuple[int, int, int]] = _SIX,
    *,
    herself: bool = True,
    leave: bool = True,
) -> list[float]:
    """Of each death the chance that it was hers, by tickets in a lottery of those at risk."""
    found = []
    for place, (_, large, died) in enumerate(patients):
        there = patients[(place if herself else place + 1) if leave else 0 :]
        if died:
            found.append(ratio**large / sum(ratio**other for _, other, _ in there))
    return found


def _ratio_of(cohort: Cohort, covariate: ArrayLike) -> float:
    """Hazard ratio of death of one covariate, Efron's ties; NaN where there is none."""
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    patients, x = cohort.patients, np.asarray(covariate, float)
    if not patients["died"].any() or np.ptp(x) == 0:
        return nan
    model = PHReg(patients["follow_up_months"], x[:, None], patients["died"], ties="efron")
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # whether it is the top is asked below
        beta = model.fit(disp=0).params
        maximum = abs(model.score(beta)[0]) < 1e-3 < -model.hessian(beta)[0, 0]
    return float(np.exp(beta[0])) if maximum else nan


def _rates(cohort: Cohort) -> list[tuple[float, float]]:
    """Printed survival of the worse and the better group, by size and by site."""
    pairs = (("os-36-large", "os-36-small"), ("os-36-scf", "os-36-other"))
    study = cohort.study
    return [(study[a].value / 100, study[b].value / 100) for a, b in pairs]  # type: ignore[operator]


def _her_survival(cohort: Cohort, *, size: float, site: float, month: float = 36) -> float:
    """What lifelines' model of all covariates predicts for the woman of the text; NaN without one."""
    from .. import estimates

    try:
        fitted = estimates.cox(cohort, "multivariable")
    except estimates.NotEstimable:
        return nan
    her = pd.DataFrame({"size": [size], "site": site, "lesions": 1, "interval": 2, "age": 5})
    her = her.reindex(columns=fitted.params_.index, fill_value=0.0).astype(float)
    baseline = fitted.baseline_cumulative_hazard_.iloc[
        :, 0
    ]  # Breslow's, hardly another with few ties
    hazard = baseline[baseline.index <= month].iloc[-1]
    return float(np.exp(-hazard * fitted.predict_partial_hazard(her).iloc[0]))


EXERCISES = (
    Exercise(
        "partial-likelihood-by-hand",
        right=prod(_chances()),
        unit="number",
        within=0.0001,
        mistakes=(
            Mistake(
                prod(_chances(1.0)),
                "Here everybody holds one ticket; a large tumour holds more.",
            ),
            Mistake(
                prod(_chances(1 / _RATIO)),
                "The small tumours got the many tickets: the ratio is upside down.",
            ),
            Mistake(
                prod(_chances(exp(_RATIO))),
                "The hazard ratio was taken for β; tickets go by the ratio itself.",
            ),
            Mistake(
                prod(_chances(herself=False)),
                "She who dies was missing from her own lottery; count just before the death.",
            ),
            Mistake(
                prod(_chances(leave=False)),
                "All six stayed in every lottery; those who have left hold no ticket.",
            ),
            Mistake(
                prod(_chances(patients=[one for one in _SIX if one[2]])),
                "The patients last seen alive were left out; they hold tickets until they leave.",
            ),
            Mistake(sum(_chances()), "The chances were added; a likelihood is their product."),
            Mistake(log(prod(_chances())), "This is the logarithm of the likelihood."),
        ),
        why="Three deaths, three lotteries, and in each only those who are still there.",
        hint="For each death write her tickets over the tickets of all who had not left before.",
    ),
    Exercise(
        "doubling-of-size",
        right=lambda cohort: _ratio_of(cohort, np.log2(cohort.patients["max_diameter_mm"])),
        unit="ratio",
        within=0.006,
        mistakes=(
            Mistake(
                lambda cohort: _ratio_of(cohort, np.log(cohort.patients["max_diameter_mm"])),
                "This is the ratio of the natural logarithm; a doubling is one unit to base two.",
            ),
            Mistake(
                lambda cohort: _ratio_of(cohort, cohort.patients["max_diameter_mm"]),
                "This is the ratio of one millimetre; the logarithm was not taken.",
            ),
            Mistake(
                lambda cohort: _ratio_of(cohort, cohort.patients["max_diameter_mm"] > 15),
                "This is still the ratio of the two groups.",
            ),
        ),
        why="One unit of the logarithm to base two is a doubling of the diameter.",
        hint="Put np.log2 of the largest diameter in the model, alone, and read its hazard ratio.",
    ),
    Exercise(
        "ratio-from-rates",
        right=lambda cohort: [log(worse) / log(better) for worse, better in _rates(cohort)],
        unit="ratio",
        within=0.06,
        mistakes=(
            Mistake(
                lambda cohort: [better / worse for worse, better in _rates(cohort)],
                "This is the ratio of the rates, without their logarithms.",
            ),
            Mistake(
                lambda cohort: [(1 - worse) / (1 - better) for worse, better in _rates(cohort)],
                "This is the ratio of the shares who died, a risk ratio and no hazard ratio.",
            ),
            Mistake(
                lambda cohort: [
                    (1 - worse) / worse / ((1 - better) / better)
                    for worse, better in _rates(cohort)
                ],
                "This is an odds ratio.",
            ),
            Mistake(
                lambda cohort: [log(worse) / log(better) for worse, better in _rates(cohort)][::-1],
                "Size and site have changed places.",
            ),
        ),
        why="The logarithm of survival is minus the hazard added up, and the ratio multiplies that.",
        hint="Take logarithms of both rates before you divide, the worse over the better.",
    ),
    Exercise(
        "one-patient",
        right=lambda cohort: _her_survival(cohort, size=1, site=1),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(
                lambda cohort: _her_survival(cohort, size=1, site=0),
                "This is the woman of the text, with her metastasis in the lung.",
            ),
            Mistake(
                lambda cohort: _her_survival(cohort, size=0, site=1),
                "This is a woman with a small supraclavicular metastasis.",
            ),
            Mistake(
                lambda cohort: _her_survival(cohort, size=1, site=1, month=12),
                "This is her chance to be alive after one year.",
            ),
        ),
        why="Her cumulative hazard is the baseline's times the ratios of all her features.",
        hint="Copy the row of the second woman, set the covariate of site to one, and predict again.",
    ),
    Exercise(
        "subgroup-claim",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "A small p value beside a large one is no test of the difference. Which row is?",
            ),
            Mistake(
                "contradicted",
                "The ratio of the two ratios may be far from one; its interval does not exclude that.",
            ),
        ),
        why="The interval of the ratio of the two holds one, and ratios far from it.",
        hint="Which row of the table compares the two groups?",
    ),
)
