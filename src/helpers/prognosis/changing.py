"""Rows of patients whose group changes once, such as from before progression to after it.

lifelines' `add_covariate_to_timeline` makes such rows from one table an event; a death in the month of
the change it leaves in a row without length, which `CoxTimeVaryingFitter` refuses.
"""

from __future__ import annotations

import pandas as pd


def changing_state(
    data: pd.DataFrame, *, id_col: str, changes_col: str, duration_col: str, event_col: str
) -> pd.DataFrame:
    """Follow-up of each patient before and after a change, one row each.

    Parameters
    ----------
    data : DataFrame
        A row a patient.
    id_col : str
    changes_col : str
        Time of the change, NaN where there is none, at most the duration.
    duration_col, event_col : str

    Returns
    -------
    DataFrame
        The identifier under its name, `start`, `stop`, `state` (0 before the change, 1 after it) and
        the event under its name, in order of patients and time. An event in the month of the change
        belongs to the state before it, as `tmerge` of R's package survival has it. Patients with no
        follow-up at all have no row.

    Raises
    ------
    ValueError
        When a change comes before 0 or after the end of follow-up.
    """
    changes, duration = data[changes_col], data[duration_col]
    if (changes < 0).any() or (changes > duration).any():
        raise ValueError(f"{changes_col}: times from 0 to {duration_col} were expected")
    first = changes.fillna(duration)
    before = data[[id_col]].assign(start=0.0, stop=first, state=0)
    before[event_col] = data[event_col].where(first == duration, 0)
    after = data[[id_col]].assign(start=first, stop=duration, state=1)
    after[event_col] = data[event_col]
    rows = pd.concat([before, after]).sort_index(kind="stable")
    return rows[rows["stop"] > rows["start"]].reset_index(drop=True)
