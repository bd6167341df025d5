"""What an abstract does not print of a cohort, and a reader would like to know.

The same quantities for the truth and for the members of an ensemble, by `helpers.batch`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import batch
from ..cohort import derive, members
from ..published import CoxTerm, KaplanMeier, PublishedError, Study

QUANTITIES = {
    "log_hazard_ratio": "Log hazard ratio, multivariable",
    "log_hazard_ratio_alone": "Log hazard ratio, alone",
    "deaths": "Deaths in all",
    "group_size": "Patients in the group",
    "survival": "Survival of all at the horizon",
    "median_survival": "Median survival of all",
}
"""The quantities of a cohort, in words; `standard_error` of the first goes along."""

PARAMETER = "parameter"
NAMES = {**QUANTITIES, PARAMETER: "Log hazard ratio in the population"}
"""All that a calibration compares, in words."""


@dataclass(frozen=True)
class Focus:
    """What an abstract is about: the covariate whose p value it prints, and the time of its rates.

    Attributes
    ----------
    model, term : str
        A Cox model and the covariate whose hazard ratio is asked for; a group.
    endpoint : str
        Of the model.
    horizon : float
        The time of the printed rates by that group.
    """

    model: str
    term: str
    endpoint: str
    horizon: float


def focus(study: Study) -> Focus:
    """What a study's abstract is about.

    Raises
    ------
    PublishedError
        When it prints no p value of a group in a Cox model, or no rate of that endpoint.
    """
    for entry in study.entries.values():
        if isinstance(entry.estimand, CoxTerm):
            model = study.models[entry.estimand.model]
            if model.covariates[entry.estimand.term].group is None:
                continue
            for other in study.entries.values():
                rate = other.estimand
                if isinstance(rate, KaplanMeier) and rate.endpoint == model.endpoint:
                    return Focus(
                        entry.estimand.model, entry.estimand.term, model.endpoint, rate.time
                    )
    raise PublishedError(
        "entries: the p value of a group in a Cox model and a rate of its endpoint were expected"
    )


def quantities_of(study: Study, cohorts: Sequence[dict[str, pd.DataFrame]]) -> pd.DataFrame:
    """The quantities of each cohort.

    Parameters
    ----------
    study : Study
    cohorts : sequence of dict of DataFrames
        Tables as the data contract has them; derived columns are derived again.

    Returns
    -------
    DataFrame
        A row a cohort. Columns as `QUANTITIES` and `standard_error`; NaN where a model has no
        finite maximum, infinity for a median that is not reached.
    """
    about = focus(study)
    model = study.models[about.model]
    endpoint = study.endpoints[about.endpoint]
    times, events, designs = [], [], []
    for tables in cohorts:
        loaded = derive(study, tables)
        rows = loaded[study.first]
        times.append(rows[endpoint.time].to_numpy(float))
        events.append(rows[endpoint.event].to_numpy(float))
        design = [
            members(study, loaded, covariate.group).astype(float)
            if covariate.group is not None
            else rows[str(covariate.column)].to_numpy(float) / covariate.per
            for covariate in model.covariates.values()
        ]
        designs.append(np.column_stack(design))
    sorted_cohorts = batch.cohorts(np.array(times), np.array(events))
    design_of_all = np.array(designs)
    place = list(model.covariates).index(about.term)
    fitted = batch.cox(sorted_cohorts, design_of_all)
    alone = batch.cox(sorted_cohorts, design_of_all[:, :, [place]])
    return pd.DataFrame(
        {
            "log_hazard_ratio": np.where(
                np.isfinite(fitted.se[:, place]), fitted.coef[:, place], np.nan
            ),
            "log_hazard_ratio_alone": alone.coef[:, 0],
            "deaths": np.array(events).sum(axis=1),
            "group_size": design_of_all[:, :, place].sum(axis=1),
            "survival": 100 * batch.survival_at(sorted_cohorts, about.horizon).survival,
            "median_survival": batch.median(sorted_cohorts),
            "standard_error": fitted.se[:, place],
        }
    )
