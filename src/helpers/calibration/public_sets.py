"""The public cohorts, as installed packages bring them.

Only results of them are shipped; a set is read when these are made, and by the tests. From a large
set every k-th patient is taken, so that a cohort is about as large as that of the study.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import pandas as pd
from lifelines import datasets

from ..cohort import DAYS_PER_MONTH
from .public_study import Source

LIFELINES = "lifelines (MIT)"
SURVIVAL = "scikit-survival (GPL-3.0-or-later)"


def _columns(first: Any, second: Any, third: Any, time: Any, event: Any) -> pd.DataFrame:
    found = {"first": first, "second": second, "third": third, "time": time, "event": event}
    return pd.DataFrame(found)


def _lung() -> pd.DataFrame:
    x = datasets.load_lung().dropna(subset=["ph.ecog"])
    return _columns(
        x["sex"] == 2, x["ph.ecog"] >= 1, x["age"], x["time"] / DAYS_PER_MONTH, x["status"]
    )


def _gbsg2() -> pd.DataFrame:
    x = datasets.load_gbsg2()
    return _columns(
        x["horTh"] == "yes", x["pnodes"] > 3, x["age"], x["time"] / DAYS_PER_MONTH, x["cens"]
    )


def _larynx() -> pd.DataFrame:
    x = datasets.load_larynx()
    late = x["Stage_III"] + x["Stage_IV"] > 0
    return _columns(x["age"] > 65, late, x["age"], 12 * x["time"], x["death"])


def _leukemia() -> pd.DataFrame:
    x = datasets.load_leukemia()
    return _columns(x["sex"] == 1, x["Rx"] == 1, x["logWBC"], x["t"], x["status"])


def _rossi() -> pd.DataFrame:
    x = datasets.load_rossi()
    return _columns(x["fin"] == 1, x["prio"] > 2, x["age"], x["week"], x["arrest"])


def _kidney() -> pd.DataFrame:
    x = datasets.load_kidney_transplant()
    men = x["black_male"] + x["white_male"] > 0
    black = x["black_male"] + x["black_female"] > 0
    return _columns(men, black, x["age"], x["time"] / DAYS_PER_MONTH, x["death"])


def _of_lifelines(name: str) -> pd.DataFrame:
    """A file that comes with lifelines, for which it has no function."""
    return pd.read_csv(str(resources.files(datasets) / name))


def _of_survival(name: str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Covariates, event and time of a set of scikit-survival, which readers need not have."""
    import sksurv.datasets

    covariates, outcome = getattr(sksurv.datasets, f"load_{name}")()
    event, time = (pd.Series(outcome[field]) for field in outcome.dtype.names)
    return covariates, event, time


def _trial_175() -> pd.DataFrame:
    x = _of_lifelines("ACTG175.csv")
    return _columns(
        x["karnof"] < 100, x["str2"] == 1, x["age"], x["days"] / DAYS_PER_MONTH, x["cens"]
    )


def _regimes() -> pd.DataFrame:
    x = datasets.load_dd()
    return _columns(
        x["un_continent_name"] == "Africa", x["democracy"] == "Democracy", x["start_year"],
        x["duration"], x["observed"],
    )  # fmt: skip


def _lupus() -> pd.DataFrame:
    x = _of_lifelines("merrell1955.csv").dropna(subset=["age_at_diagnosis"])
    years = x["time_between_diagnosis_and_last_observation_(years)"]
    return _columns(x["is_male"], x["is_white"], x["age_at_diagnosis"], 12 * years, x["dead"])


def _veteran() -> pd.DataFrame:
    x, event, days = _of_survival("veterans_lung_cancer")
    able = x["Karnofsky_score"] >= 60
    treated = x["Treatment"] == "test"
    return _columns(treated, able, x["Age_in_years"], days / DAYS_PER_MONTH, event)


def _worcester() -> pd.DataFrame:
    x, event, days = _of_survival("whas500")
    failing, women = (x[name].astype(int) == 1 for name in ("chf", "gender"))
    return _columns(women, failing, x["age"], days / DAYS_PER_MONTH, event)


def _expression() -> pd.DataFrame:
    x, event, days = _of_survival("breast_cancer")
    positive = x["er"] == "positive"
    return _columns(positive, x["size"] > 2, x["age"], days / DAYS_PER_MONTH, event)


def _trial_320() -> pd.DataFrame:
    x, event, days = _of_survival("aids")
    return _columns(x["tx"].astype(int), x["cd4"] < 50, x["age"], days / DAYS_PER_MONTH, event)


def _chains() -> pd.DataFrame:
    x, event, days = _of_survival("flchain")
    light = x["kappa"] + x["lambda"] > 3.5
    return _columns(x["sex"] == "M", light, x["age"], days / DAYS_PER_MONTH, event)


def _host() -> pd.DataFrame:
    x, status, years = _of_survival("cgvhd")
    return _columns(x["dx"] == "AML", x["tx"] == "PB", x["age"], 12 * years, status > 0)


SOURCES = (
    Source(
        "lung", "Advanced lung cancer", LIFELINES, "Loprinzi and others 1994, doi:10.1200/JCO.1994.12.3.601",
        "months", 12, 4, ("men", "women"), ("ECOG 0", "ECOG 1 or more"), "age", _lung, 1,
        "most have died, few are censored",
    ),
    Source(
        "gbsg2", "Node-positive breast cancer", LIFELINES,
        "Schumacher and others 1994, doi:10.1200/JCO.1994.12.10.2086", "months", 36, 12,
        ("no hormone therapy", "hormone therapy"), ("up to 3 nodes", "more than 3 nodes"), "age",
        _gbsg2, 1, "a trial: entry over years, censoring by the calendar",
    ),
    Source(
        "larynx", "Cancer of the larynx", LIFELINES,
        "Kardaun 1983, doi:10.1111/j.1467-9574.1983.tb00806.x", "months", 36, 2,
        ("65 years or younger", "older than 65"), ("stage I or II", "stage III or IV"), "age",
        _larynx, 1, "times in tenths of a year, so that many are tied; a covariate cut into a group",
    ),
    Source(
        "leukemia", "Remission of acute leukaemia", LIFELINES,
        "Freireich and others 1963, doi:10.1182/blood.V21.6.699.699", "weeks", 12, 1,
        ("women", "men"), ("6-mercaptopurine", "placebo"), "log of white cells", _leukemia, 0,
        "the curves of the sexes cross; nearly nobody under placebo is censored; many ties",
    ),
    Source(
        "rossi", "Arrest after release from prison", LIFELINES, "Rossi, Berk and Lenihan 1980", "weeks", 36, 8,
        ("no aid", "aid"), ("up to 2 convictions", "more than 2 convictions"), "age", _rossi, 0,
        "everybody is watched for the same year: censoring at one time only",
    ),
    Source(
        "kidney_transplant", "Kidney transplants", LIFELINES, "Klein and Moeschberger 1997", "months", 36, 15,
        ("women", "men"), ("white", "black"), "age", _kidney, 1,
        "few deaths, most are censored",
    ),
    Source(
        "actg175", "HIV infection, a trial of two drugs", LIFELINES,
        "Hammer and others 1996, doi:10.1056/NEJM199610103351501", "months", 24, 36,
        ("Karnofsky 100", "Karnofsky below 100"), ("not treated before", "treated before"), "age",
        _trial_175, 1, "most are censored, late and close together",
    ),
    Source(
        "dd", "Governments until they fall", LIFELINES,
        "Cheibub, Gandhi and Vreeland 2010, doi:10.1007/s11127-009-9491-2", "years", 5, 30,
        ("elsewhere", "Africa"), ("no democracy", "democracy"), "first year", _regimes, 0,
        "hardly any censoring; terms of office end at the same few times",
    ),
    Source(
        "merrell1955", "Systemic lupus", LIFELINES,
        "Merrell and Shulman 1955", "months", 24, 2,
        ("women", "men"), ("not white", "white"), "age", _lupus, 1,
        "censoring by the calendar; one group has few patients",
    ),
    Source(
        "veteran", "Inoperable lung cancer", SURVIVAL, "Kalbfleisch and Prentice 1980", "months", 4,
        2, ("standard therapy", "test therapy"), ("Karnofsky below 60", "Karnofsky 60 or more"),
        "age", _veteran, 1, "nearly all die; the effect fades, so that hazards are not proportional",
    ),
    Source(
        "whas500", "Myocardial infarction", SURVIVAL, "Hosmer, Lemeshow and May 2008", "months", 36,
        8, ("men", "women"), ("no heart failure", "heart failure"), "age", _worcester, 1,
        "many deaths in the first days; follow-up ends in few waves",
    ),
    Source(
        "breast_cancer", "Node-negative breast cancer", SURVIVAL,
        "Desmedt and others 2007, doi:10.1158/1078-0432.CCR-06-2765", "months", 60, 3,
        ("receptor negative", "receptor positive"), ("up to 2 cm", "larger than 2 cm"), "age",
        _expression, 1, "metastasis after long follow-up; the groups are of size, as in the study",
    ),
    Source(
        "actg320", "HIV infection, a trial of three drugs", SURVIVAL,
        "Hammer and others 1997, doi:10.1056/NEJM199709113371101", "months", 6, 9,
        ("two drugs", "three drugs"), ("50 cells or more", "fewer than 50 cells"), "age",
        _trial_320, 1, "few events, short follow-up",
    ),
    Source(
        "flchain", "Light chains in the old", SURVIVAL,
        "Dispenzieri and others 2012, doi:10.1016/j.mayocp.2012.03.009", "months", 96, 120,
        ("women", "men"), ("up to 3.5 mg/dl", "more than 3.5 mg/dl"), "age", _chains, 1,
        "a population, not patients; nearly all censoring within few years of the end",
    ),
    Source(
        "cgvhd", "Transplantation of stem cells", SURVIVAL, "Pintilie 2006", "months", 6, 1,
        ("CML", "AML"), ("bone marrow", "peripheral blood"), "age", _host, 1,
        "the first of several kinds of event, so that nearly everybody has one early",
    ),
)  # fmt: skip
"""The public cohorts."""
