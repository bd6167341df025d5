"""The covariates of the study's multivariable model as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class DesignMatrix:
    """Covariates for a Cox model.

    Attributes
    ----------
    matrix : DataFrame
        A row a patient, with the patients' index, and a column of floats a covariate.
    dropped : dict of str
        Covariates left out, each with the reason.
    """

    matrix: pd.DataFrame
    dropped: dict[str, str]


def design_matrix(patients: pd.DataFrame, size_cut_mm: float = 15) -> DesignMatrix:
    """Covariates of the multivariable model, those that say nothing in this cohort left out.

    Parameters
    ----------
    patients : DataFrame
        A row a patient: `max_diameter_mm`, `site`, `n_lesions`, `regional_recurrence`,
        `months_to_oligometastasis`, `age_years`.
    size_cut_mm : float
        A larger diameter counts as large.

    Returns
    -------
    DesignMatrix
        `size_over_15_mm` (1 if the largest lesion is larger than the cut; named after the cut),
        `supraclavicular` (1, else 0), `n_lesions` (a lesion more), `regional_recurrence` (1, else
        0), `years_to_oligometastasis` (a year more since the primary diagnosis), `age_decades`
        (ten years older). Dropped are columns that do not vary and columns that the earlier ones
        determine: no hazard ratio can be told for either.

    Raises
    ------
    ValueError
        When a covariate is missing in some patient.
    """
    matrix = pd.DataFrame(
        {
            f"size_over_{size_cut_mm:g}_mm": (patients["max_diameter_mm"] > size_cut_mm)
            .astype(float)
            .where(patients["max_diameter_mm"].notna()),
            "supraclavicular": patients["site"] == "supraclavicular",
            "n_lesions": patients["n_lesions"],
            "regional_recurrence": patients["regional_recurrence"],
            "years_to_oligometastasis": patients["months_to_oligometastasis"] / 12,
            "age_decades": patients["age_years"] / 10,
        },
        index=patients.index,
    ).astype(float)
    if (missing := matrix.isna().any()).any():
        first = matrix.columns[missing][0]
        row = matrix.index[matrix[first].isna()][0]
        raise ValueError(f"{first}, row {row}: a number was expected, found nothing")
    kept: list[str] = []
    dropped: dict[str, str] = {}
    for name in matrix.columns:
        column = matrix[name]
        if column.nunique() < 2:
            value = f": {column.iloc[0]:g} in every patient" if len(column) else ""
            dropped[name] = f"does not vary{value}"
        elif _determined(matrix[kept], column):
            dropped[name] = f"follows from {', '.join(kept)}"
        else:
            kept.append(name)
    return DesignMatrix(matrix[kept], dropped)


def _determined(others: pd.DataFrame, column: pd.Series) -> bool:
    """Whether a column is a linear combination of others and a constant."""
    columns = pd.concat([others, column], axis=1).to_numpy()
    centred = columns - columns.mean(axis=0)
    return bool(np.linalg.matrix_rank(centred / centred.std(axis=0)) < columns.shape[1])


def events_per_variable(event_observed: ArrayLike, covariates: pd.DataFrame) -> float:
    """Events per covariate, the usual measure of how much a model asks of its data.

    Parameters
    ----------
    event_observed : array-like of 0 and 1, shape (n,)
    covariates : DataFrame
        The columns count, all of them, also those that selection would drop later.

    Returns
    -------
    float
        NaN without covariates.

    References
    ----------
    Peduzzi et al. 1995, doi 10.1016/0895-4356(95)00048-8.
    """
    width = covariates.shape[1]
    return float(np.sum(np.asarray(event_observed, dtype=float))) / width if width else nan
