"""Every printed number is there, and a malformed file is refused with entry and field named."""

from __future__ import annotations

import datetime
import re

import pytest
from fixtures_core import INVENTED, dump, raw

from helpers import published
from helpers.published import Entry, PublishedError

PRINTED = {
    "n-patients": "56",
    "lesions-min": "1",
    "lesions-max": "3",
    "window-start": "January 2007",
    "window-end": "May 2022",
    "institutions": "1",
    "cut-point": "15",
    "horizon": "3",
    "ct-window": "6",
    "n-supraclavicular": "19",
    "n-lung": "33",
    "n-other": "4",
    "within-1y": "30",
    "within-1y-pct": "53.6%",
    "within-2y": "41",
    "within-2y-pct": "73.2%",
    "within-3y": "47",
    "within-3y-pct": "83.9%",
    "within-4y": "52",
    "within-4y-pct": "92.9%",
    "n-regional": "7",
    "follow-up-median": "24",
    "follow-up-min": "1",
    "follow-up-max": "86",
    "lrf-36-scf": "100%",
    "lrf-36-other": "93.5%",
    "os-36-scf": "40.1%",
    "os-36-other": "55.2%",
    "os-site-p": "0.04",
    "n-progression": "10",
    "progression-pct": "17.9%",
    "progression-median": "8",
    "progression-min": "4",
    "progression-max": "14",
    "size-only": "size",
    "os-36-small": "91.7%",
    "os-36-large": "21.6%",
    "os-size-p": "<0.001",
    "ct-lesions": "22",
    "ct-small": "19",
    "ct-small-pct": "86.4%",
    "growth-interval": "5.8",
}
ESTIMANDS = {
    "os-36-scf": ("kaplan-meier", "overall-survival", "supraclavicular", 36),
    "os-36-other": ("kaplan-meier", "overall-survival", "other-sites", 36),
    "os-36-small": ("kaplan-meier", "overall-survival", "small", 36),
    "os-36-large": ("kaplan-meier", "overall-survival", "large", 36),
    "lrf-36-scf": ("kaplan-meier", "local-recurrence", "supraclavicular", 36),
    "lrf-36-other": ("kaplan-meier", "local-recurrence", "other-sites", 36),
}


def test_every_printed_number_is_there_as_printed():
    study = published.load()
    assert {id: entry.text for id, entry in study.entries.items()} == PRINTED
    assert all(entry.kind == "printed" and entry.place for entry in study.entries.values())
    assert all(entry.words and entry.reading for entry in study.targets)
    assert all(entry.kind == "derived" for entry in study.requirements.values())


def test_a_printed_text_carries_the_decimals_printed():
    for entry in published.load().entries.values():
        if isinstance(entry.value, (int, float)):
            shown = re.search(r"\.(\d+)", entry.text)
            assert entry.decimals == (len(shown[1]) if shown else 0), entry.id


@pytest.mark.parametrize(("id", "expected"), ESTIMANDS.items())
def test_a_rate_is_of_the_right_endpoint_group_and_time(id, expected):
    estimand = published.load()[id].estimand
    assert (estimand.statistic, estimand.endpoint, estimand.group, estimand.time) == expected


def test_groups_are_cut_where_the_abstract_cuts():
    groups = published.load().groups
    assert groups["small"].where[0].at_most == groups["large"].where[0].above == 15
    years = ["first-year", "second-year", "third-year", "fourth-year"]
    assert [groups[year].where[0].at_most for year in years] == [12, 24, 36, 48]
    assert groups["recent-ct"].where[0].at_most == 6
    assert groups["other-sites"].where[0].one_of == ("lung", "other")


def test_percentages_follow_from_their_counts():
    study = published.load()
    for share, count, whole in (
        *((f"within-{y}y-pct", f"within-{y}y", "n-patients") for y in (1, 2, 3, 4)),
        ("progression-pct", "n-progression", "n-patients"),
        ("ct-small-pct", "ct-small", "ct-lesions"),
    ):
        percent = 100 * study[count].value / study[whole].value
        assert study[share].agrees(percent), share


def test_an_unknown_id_is_named():
    with pytest.raises(KeyError, match="no printed entry has the id 'os-36'"):
        published.load()["os-36"]


def _entry(value, decimals, relation="=", unit="percent", statistic="kaplan-meier"):
    estimand = {"statistic": statistic, "endpoint": "e", "group": "g", "time": 1}
    if statistic == "median":
        estimand = {"statistic": statistic, "column": "c", "group": "g"}
    if statistic == "kaplan-meier-median":
        del estimand["time"]
    return Entry(
        id="x",
        value=value,
        decimals=decimals,
        relation=relation,
        unit=unit,
        words="w",
        reading="r",
        estimand=estimand,
    )


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (40.05, 1, "40.1%"),
        (40.049999, 1, "40.0%"),
        (40.15, 1, "40.2%"),
        (0.045, 2, "0.05%"),
        (0.0449999, 2, "0.04%"),
        (2.5, 0, "3%"),
        (0.49999999999999994, 0, "1%"),
        (99.95, 1, "100.0%"),
        (100, 1, "100.0%"),
        (100 * 5 / 56, 1, "8.9%"),
        (1e-9, 1, "0.0%"),
    ],
)
def test_numbers_are_rounded_half_up(number, decimals, text):
    assert _entry(50, decimals).format(number) == text


@pytest.mark.parametrize(
    ("relation", "value", "reproduced", "agrees"),
    [
        ("=", 40.1, 40.05, True),
        ("=", 40.1, 40.149, True),
        ("=", 40.1, 40.15, False),
        ("=", 40.1, 40.049, False),
        ("=", 40.1, float("nan"), False),
        ("=", 40.1, float("inf"), False),
        ("=", 40.1, None, False),
        ("<", 40.1, 40.0999, True),
        ("<", 40.1, 40.1, False),
        ("<", 40.1, float("-inf"), False),
        ("<=", 40.1, 40.1, True),
        (">", 40.1, 40.1, False),
        (">=", 40.1, 40.1, True),
        (">=", 40.1, 40.0, False),
    ],
)
def test_agreement_follows_the_relation_printed(relation, value, reproduced, agrees):
    assert _entry(value, 1, relation).agrees(reproduced) is agrees


@pytest.mark.parametrize(
    ("value", "decimals", "reproduced", "agrees"),
    [
        (86.9, 1, 86.9565217391, True),
        (86.9, 1, 86.9, True),
        (86.9, 1, 87.0, False),
        (86.9, 1, 86.8999, False),
        (0, 0, 0.99, True),
        (0, 0, 1.0, False),
        (40, 0, 40.99, True),
    ],
)
def test_of_a_truncated_number_what_follows_is_cut_off(value, decimals, reproduced, agrees):
    entry = _entry(value, decimals)
    cut = Entry.model_validate({**entry.model_dump(), "truncated": True})
    assert cut.agrees(reproduced) is agrees
    assert (cut.format(reproduced) == cut.format(value)) is agrees


def test_a_date_agrees_to_the_day():
    entry = _entry(datetime.date(2022, 5, 31), 0, "<=", "date", "median")
    assert entry.text == "May 2022"
    assert entry.agrees(datetime.date(2022, 5, 31)) is True
    assert entry.agrees(datetime.date(2022, 6, 1)) is False
    same = _entry(datetime.date(2022, 5, 31), 0, "=", "date", "median")
    assert same.agrees(datetime.date(2022, 5, 30)) is False


@pytest.mark.parametrize(
    ("value", "relation", "reproduced", "agrees"),
    [
        ("not reached", "=", "not reached", True),
        ("not reached", "=", 60.0, False),
        (60, "=", "not reached", False),
        (60, "<=", "not reached", False),
        (60, ">", "not reached", True),
        (60, ">=", "not reached", True),
        (60, "=", 59.5, True),
    ],
)
def test_a_median_that_is_not_reached_is_more_than_any_number(value, relation, reproduced, agrees):
    entry = _entry(value, 0, relation, "months", "kaplan-meier-median")
    assert entry.agrees(reproduced) is agrees


def test_only_a_median_of_a_curve_can_be_not_reached():
    with pytest.raises(ValueError, match="one in percent was expected, found 'not reached'"):
        _entry("not reached", 0)
    with pytest.raises(ValueError, match="= was expected with a name"):
        _entry("not reached", 0, ">", "months", "kaplan-meier-median")


def test_a_definition_neither_agrees_nor_differs():
    assert published.load()["cut-point"].agrees(15) is None


def _set(path, value):
    """A change: put a value at a place, or take the place away with `...`."""

    def change(data):
        *parents, last = path.split("/")
        for parent in parents:
            data = data[int(parent)] if isinstance(data, list) else data[parent]
        if value is ...:
            del data[last]
        else:
            data[last] = value

    return change


OS = "entries/os-36-scf"
AGE = "tables/patients/columns/age_years"
SITE = "tables/patients/columns/site"


def _renamed(path, new):
    """A change: give what stands at a place another name, in the same order."""

    def change(data):
        *parents, last = path.split("/")
        for parent in parents:
            data = data[parent]
        pairs = [(new if name == last else name, value) for name, value in data.items()]
        data.clear()
        data.update(pairs)

    return change


def _asked(unit, **estimand):
    """A change: an entry more, of an estimand."""
    return _set("entries/x", {
        "value": 1, "unit": unit, "words": "w", "reading": "r", "estimand": estimand,
    })  # fmt: skip


def _required_too(data):
    data["requirements"]["os-36-scf"] = data["entries"]["os-36-scf"]


# One name for two things, of which one would be dropped without a word.
DOUBLES = {
    "entry and requirement": (_required_too, "entry 'os-36-scf': an id was expected that no printed entry has"),
    "column derived and own": (
        _set("derived/age_years", {"table": "patients", "count_of": "lesions"}),
        "field 'derived.age_years': 'age_years' is a column of patients too",
    ),
    "column of an endpoint and own": (
        _set("endpoints/new-progression/event", "died"),
        "field 'endpoints.new-progression.event': 'died' is a column of patients too",
    ),
    "column of an endpoint and derived": (
        _set("endpoints/new-progression/time", "n_lesions"),
        "'n_lesions' is a derived column too",
    ),
    "columns of two endpoints": (
        _set(
            "endpoints/more",
            {
                "label": "more", "onset": "months_to_oligometastasis", "end": "follow_up_months",
                "time": "progression_time_months", "event": "more",
            },
        ),
        "field 'endpoints.more.time': 'progression_time_months' is a time made of",
    ),
    "time and event of an endpoint": (
        _set("endpoints/overall-survival/event", "follow_up_months"),
        "field 'endpoints.overall-survival.event': 'follow_up_months' is its time too",
    ),
    "grouping and column": (
        _renamed("groupings/site_group", "site"),
        "field 'groupings.site': 'site' is a column of patients too",
    ),
    "grouping and derived column": (
        _renamed("groupings/site_group", "n_lesions"),
        "field 'groupings.n_lesions': 'n_lesions' is a derived column too",
    ),
    "column of every ensemble": (
        _set("tables/lesions/columns/cohort", {
            "type": "flag", "description": "d", "status": "assumed", "prior": {"flag": 0.5},
        }),
        "field 'tables.lesions.columns.cohort': 'cohort' is a column of every ensemble too",
    ),
    "levels": (
        _set(f"{SITE}/levels", ["supraclavicular", "lung", "other", "lung"]),
        "columns.site.levels': 'lung' stands twice",
    ),
    "levels of a condition": (
        _set("groups/lung/where", [{"column": "site", "one_of": ["lung", "lung"]}]),
        "field 'groups.lung.where': 'lung' stands twice",
    ),
    "groups of a grouping": (
        _set("groupings/site_group", ["lung", "lung"]),
        "field 'groupings.site_group': two groups with the label",
    ),
    "labels in a grouping": (
        _set("groups/other-sites/label", "supraclavicular"),
        "field 'groupings.site_group': two groups with the label 'supraclavicular'",
    ),
    "term and column of the endpoint": (
        _renamed("models/multivariable/covariates/age", "died"),
        "models.multivariable.covariates.died': a column of the endpoint",
    ),
    "term and no term": (
        _renamed("models/multivariable/covariates/age", "none"),
        "models.multivariable.covariates': 'none' would be read",
    ),
    "groups of a test": (
        _set("entries/os-site-p/estimand/groups", ["lung", "lung"]),
        "entry 'os-site-p': field 'estimand.groups': two groups were expected",
    ),
    "strata of a test": (
        _asked(statistic="stratified-log-rank", endpoint="overall-survival",
               groups=["lung", "other-sites"], strata=["small", "small"], unit="p"),
        "entry 'x': field 'estimand.strata': 'small' stands twice",
    ),
    "competing endpoint": (
        _asked(statistic="cumulative-incidence", endpoint="overall-survival", time=36,
               competing="overall-survival", group="lung", unit="percent"),
        "entry 'x': field 'estimand.competing': another endpoint was expected",
    ),
    "id within an entry": (
        _set(f"{OS}/id", "os"),
        "entry 'os-36-scf': field 'id': no field of that name",
    ),
    "kind within an entry": (
        _set(f"{OS}/kind", "derived"),
        "entry 'os-36-scf': field 'kind': no field of that name",
    ),
}  # fmt: skip
SPOILT = DOUBLES | {
    "mean of a category": (
        _asked(statistic="mean", column="site", group="lung", unit="x"),
        "entry 'x': field 'estimand.column': a number was expected, found 'site', a category",
    ),
    "groups of two tables in a test": (
        _asked(statistic="fisher", group="lung", groups=["lung", "any-ct"], unit="p"),
        "entry 'x': field 'estimand.groups': groups of patients were expected, found 'any-ct'",
    ),
    "stratum that is not there": (
        _asked(
            statistic="stratified-log-rank",
            endpoint="overall-survival",
            groups=["lung", "other-sites"],
            strata=["tall"],
            unit="p",
        ),
        "entry 'x': field 'estimand.strata': no group is named 'tall'",
    ),
    "competing endpoint that is not there": (
        _asked(
            statistic="cumulative-incidence",
            endpoint="overall-survival",
            time=36,
            competing="x",
            group="lung",
            unit="percent",
        ),
        "entry 'x': field 'estimand.competing': no endpoint is named 'x'",
    ),
    "rule of a quantile": (
        _asked(
            statistic="quantile",
            column="age_years",
            group="lung",
            share=0.25,
            rule=10,
            unit="years",
        ),
        "entry 'x': field 'estimand.rule': input should be less than or equal to 9, found 10",
    ),
    "scale of a limit": (
        _asked(
            statistic="kaplan-meier-lower",
            endpoint="overall-survival",
            group="lung",
            time=36,
            interval="logit",
            unit="percent",
        ),
        "entry 'x': field 'estimand.interval': input should be 'plain', 'log', 'log-log' or 'arcsin'",
    ),
    "truncated limit": (
        _set(
            f"{OS}",
            {
                "value": 40,
                "unit": "percent",
                "words": "w",
                "reading": "r",
                "relation": "<",
                "truncated": True,
                "estimand": {"statistic": "share", "group": "lung", "of": "lung"},
            },
        ),
        "entry 'os-36-scf': field 'truncated': = was expected with it, found '<'",
    ),
    "name with a limit": (
        _set("entries/size-only/relation", "<="),
        "entry 'size-only': field 'relation': = was expected with a name",
    ),
    "too many digits": (
        _set(
            f"{OS}",
            {
                "value": 1234567.123456,
                "decimals": 6,
                "unit": "months",
                "words": "w",
                "reading": "r",
                "estimand": {
                    "statistic": "median",
                    "column": "follow_up_months",
                    "group": "everyone",
                },
            },
        ),
        "entry 'os-36-scf': field 'value': at most 12 digits",
    ),
    "missing value": (_set(f"{OS}/value", ...), "entry 'os-36-scf': field 'value': it is missing"),
    "missing words": (_set(f"{OS}/words", ...), "entry 'os-36-scf': field 'words': it is missing"),
    "value a list": (_set(f"{OS}/value", [1]), "entry 'os-36-scf': field 'value'"),
    "value true": (_set(f"{OS}/value", True), "entry 'os-36-scf': field 'value'.*found True"),
    "value text": (_set(f"{OS}/value", "40.1"), "entry 'os-36-scf': field 'value'.*'40.1'"),
    "value NaN": (_set(f"{OS}/value", float("nan")), "entry 'os-36-scf': field 'value'.*finite"),
    "value infinite": (_set(f"{OS}/value", float("inf")), "entry 'os-36-scf': .*finite"),
    "percent above 100": (_set(f"{OS}/value", 140.1), "'os-36-scf': field 'value'.*0 to 100"),
    "p above 1": (_set("entries/os-site-p/value", 4), "'os-site-p': field 'value'.*0 to 1"),
    "count negative": (_set("entries/n-lung/value", -33), "'n-lung': field 'value'.*a count"),
    "count a fraction": (_set("entries/n-lung/value", 33.5), "'n-lung': field 'value'.*a count"),
    "too many decimals": (_set(f"{OS}/value", 40.12), "'os-36-scf': field 'value'.*1 decimals"),
    "decimals left out": (_set(f"{OS}/decimals", ...), "'os-36-scf': field 'value'.*0 decimals"),
    "decimals negative": (_set(f"{OS}/decimals", -1), "'os-36-scf': field 'decimals'.*found -1"),
    "unit of another": (_set(f"{OS}/unit", "months"), "'os-36-scf': field 'unit'.*percent"),
    "unknown field": (_set(f"{OS}/worth", 1), "'os-36-scf': field 'worth': no field of that name"),
    "unknown relation": (_set(f"{OS}/relation", "~"), "'os-36-scf': field 'relation'.*'~'"),
    "unknown statistic": (
        _set(f"{OS}/estimand/statistic", "kaplan"),
        "'os-36-scf': field 'estimand.statistic': one of .*kaplan-meier.* found 'kaplan'",
    ),
    "no statistic": (
        _set(f"{OS}/estimand/statistic", ...),
        "'os-36-scf': field 'estimand.statistic': it is missing",
    ),
    "no estimand": (_set(f"{OS}/estimand", ...), "'os-36-scf': field 'estimand': it is missing"),
    "estimand a word": (_set(f"{OS}/estimand", "rate"), "'os-36-scf': field 'estimand"),
    "time left out": (
        _set(f"{OS}/estimand/time", ...),
        "'os-36-scf': field 'estimand.time': it is missing",
    ),
    "time negative": (_set(f"{OS}/estimand/time", -36), "'os-36-scf': field 'estimand.time'"),
    "unknown group": (
        _set(f"{OS}/estimand/group", "neck"),
        "'os-36-scf': field 'estimand.group': no group is named 'neck'",
    ),
    "unknown endpoint": (
        _set(f"{OS}/estimand/endpoint", "death"),
        "'os-36-scf': field 'estimand.endpoint': no endpoint is named 'death'",
    ),
    "group of lesions": (
        _set(f"{OS}/estimand/group", "recent-ct"),
        "'os-36-scf': field 'estimand.group': a group of patients",
    ),
    "unknown column": (
        _set("entries/follow-up-median/estimand/column", "follow_up"),
        "'follow-up-median': field 'estimand.column': no column of patients is named 'follow_up'",
    ),
    "unknown term": (
        _set("entries/os-size-p/estimand/term", "diameter"),
        "'os-size-p': field 'estimand.term': the model has no covariate 'diameter'",
    ),
    "unknown only term": (
        _set("entries/size-only/value", "sizes"),
        "'size-only': field 'estimand.term': the model has no covariate 'sizes'",
    ),
    "requirement unknown group": (
        _set("requirements/at-risk-scf/estimand/group", "neck"),
        "entry 'at-risk-scf': field 'estimand.group'",
    ),
    "entry a word": (_set(OS, "40.1%"), "entry 'os-36-scf'"),
    "entry empty": (_set(OS, None), "entry 'os-36-scf'"),
    "entries a list": (_set("entries", [1, 2]), "field 'entries'.*found a list"),
    "entries left out": (_set("entries", ...), "field 'entries': it is missing"),
    "requirements a word": (_set("requirements", "none"), "field 'requirements'"),
    "unknown section": (_set("sections", {}), "field 'sections': no field of that name"),
    "no tables": (_set("tables", {}), "field 'tables'"),
    "two roots": (_set("tables/lesions/rows", "n-lung"), "field 'tables.lesions'"),
    "rows of no entry": (
        _set("tables/patients/rows", "n"),
        "field 'tables.patients.rows': no entry is named 'n'",
    ),
    "rows twice in file order": (
        lambda data: data.update(tables=dict(reversed(data["tables"].items()))),
        "field 'tables': first one with rows",
    ),
    "no id": (
        _set("tables/patients/columns/patient_id", ...),
        "field 'tables.patients.columns': one of type id",
    ),
    "no parent": (
        _set("tables/lesions/columns/patient_id", ...),
        "field 'tables.lesions.columns': one of type parent",
    ),
    "unknown type": (_set(f"{AGE}/type", "float"), "age_years.type'.*found 'float'"),
    "category without levels": (
        _set("tables/patients/columns/histology/levels", ...),
        "histology': a category needs levels",
    ),
    "per_row of nothing": (_set("tables/lesions/per_row", {0: 1.0}), "per_row"),
    "no prior": (_set(f"{AGE}/prior", ...), "age_years.prior': it is missing"),
    "prior a number": (_set(f"{AGE}/prior", 52), "age_years.prior'.*found 52"),
    "prior unknown": (_set(f"{AGE}/prior", {"gauss": {}}), "age_years.prior.gauss': no field of"),
    "prior empty": (_set(f"{AGE}/prior", {}), "age_years.prior': one of .*normal"),
    "prior without sd": (
        _set(f"{AGE}/prior", {"normal": {"mean": 52}}),
        "age_years.prior.normal.sd': it is missing",
    ),
    "prior sd 0": (
        _set(f"{AGE}/prior", {"normal": {"mean": 52, "sd": 0}}),
        "age_years.prior.normal.sd'.*greater than 0",
    ),
    "prior sd a word": (
        _set(f"{AGE}/prior", {"normal": {"mean": 52, "sd": "ten"}}),
        "age_years.prior.normal.sd'",
    ),
    "prior within turned": (_set(f"{AGE}/prior/within", [85, 30]), "age_years.prior.within'"),
    "prior within of one": (_set(f"{AGE}/prior/within", [85]), "age_years.prior.within"),
    "prior absent 2": (_set(f"{AGE}/prior/absent", 2), "age_years.prior.absent'"),
    "prior absent required": (_set(f"{AGE}/prior/absent", 0.1), "age_years.prior': absent"),
    "prior lacks a level": (
        _set("tables/patients/columns/histology/prior/choice/squamous", ...),
        "histology.prior': choice needs",
    ),
    "prior weights 0": (
        _set("tables/patients/columns/regional_recurrence/prior", {"flag": 1.2}),
        "regional_recurrence.prior.flag'",
    ),
    "prior of no column": (
        _set("tables/lesions/columns/diameter_mm/prior/growth/since", "months"),
        "diameter_mm.prior': no column of lesions is named 'months'",
    ),
    "prior dates": (
        _set("tables/patients/columns/treatment_date/prior/even/from", "soon"),
        "treatment_date.prior.even.from'",
    ),
    "prior of an unknown cause": (
        _set("tables/patients/columns/died/prior/happened/cause", "accident"),
        "died.prior.happened': 'follow_up_months' has no time of 'accident'",
    ),
    "prior of a column that has no causes": (
        _set("tables/patients/columns/died/prior/happened/column", "age_years"),
        "died.prior.happened': 'age_years' has no time of 'death'",
    ),
    "prior of a derived column": (
        _set(f"{AGE}/prior", {"happened": {"column": "n_lesions", "cause": "death"}}),
        "age_years.prior': a column with a prior was expected, found 'n_lesions'",
    ),
    "prior of an owner that there is not": (
        _set(f"{AGE}/prior", {"same_as": "site"}),
        "age_years.prior.same_as': a column of the row that owns it was expected, found 'site'",
    ),
    "prior of itself": (
        _set("tables/lesions/columns/diameter_mm/prior/growth/since", "diameter_mm"),
        "diameter_mm.prior': 'diameter_mm' was expected above it",
    ),
    "condition unknown column": (
        _set("groups/small/where", [{"column": "diameter", "at_most": 15}]),
        "field 'groups.small.where': no column of patients is named 'diameter'",
    ),
    "condition unknown level": (
        _set("groups/lung/where", [{"column": "site", "one_of": ["lungs"]}]),
        "field 'groups.lung.where': site has no level 'lungs'",
    ),
    "condition orders words": (
        _set("groups/lung/where", [{"column": "site", "at_most": 3}]),
        "field 'groups.lung.where': one_of was expected",
    ),
    "condition two tests": (
        _set("groups/small/where", [{"column": "age_years", "at_most": 15, "above": 3}]),
        "field 'groups.small.where.0': give one of",
    ),
    "condition a fraction": (
        _set("groups/regional/where", [{"column": "age_years", "one_of": [-4]}]),
        "field 'groups.regional.where': one_of takes",
    ),
    "grouping unknown": (_set("groupings/site_group", ["neck"]), "groupings.site_group': no group"),
    "endpoint half": (_set("endpoints/new-progression/end", ...), "onset and end go together"),
    "covariate per 0": (_set("models/multivariable/covariates/age/per", 0), "covariates.age.per'"),
    "derived unknown": (
        _set("derived/n_lesions/count_of", "tumours"),
        "derived.n_lesions': no tab",
    ),
    "rule unknown": (
        _set("rules", [{"table": "patients", "column": "x", "not_after": "y"}]),
        "rules.1.column': no col",
    ),
    "rule half": (
        _set("rules", [{"table": "patients", "column": "died"}]),
        "field 'rules.0': give",
    ),
    "rule twice": (
        _set("rules/0/before", "died"),
        "field 'rules.0': give one of not_after, before, and plus with ends_by",
    ),
    "rule before unknown": (
        _set("rules", [{"table": "patients", "column": "died", "before": "y"}]),
        "rules.1': no col",
    ),
    "study name": (_set("study/name", "a b/c"), "field 'study.name'"),
}


@pytest.mark.parametrize("change", SPOILT)
def test_a_malformed_file_is_refused_by_entry_and_field(change, tmp_path):
    spoil, message = SPOILT[change]
    data = raw()
    spoil(data)
    path = tmp_path / "spoilt.yaml"
    dump(path, data)
    with pytest.raises(PublishedError, match=message) as refused:
        published.load(path)
    text = str(refused.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert "pydantic" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; sections such as study"),
        (
            b"name: a\nrows: 18 patients\n",
            "it is in the short form; `python -m helpers new` writes",
        ),
        (b"# nothing\n", "sections such as study"),
        (b"- a\n- b\n", "sections such as study"),
        (b"just words\n", "sections such as study"),
        (b"{}", "field 'study': it is missing"),
        (b"study: [unclosed\n", "line"),
        (b"study:\n\tname: x\n", "line 2: .*tab|line 2"),
        (b"a: 1\nb: 2\na: 3\n", "line 3: the name 'a' stands twice"),
        (b"1: x\n0x1: y\n", "line 2: the name '1' stands twice"),
        (b"a: {'1': x, 1: y}\n", "line 1: the name '1' stands twice"),
        (b"yes: x\ntrue: y\n", "line 2: the name 'True' stands twice"),
        (b"? [1, 2]\n: x\n", "line 1"),
        (b"a: &x 1\nb: *y\n", "line 2: .*undefined alias"),
        (b"date: 2022-13-45\n", "not YAML: month"),
        (b"a: !!python/object:os.system x\n", "line 1"),
        (b"a: 1\n---\nb: 2\n", "line"),
        (b"a: \x00\n", "not YAML"),
        (b"study: caf\xe9\n", "byte 10 is not UTF-8"),  # codespell:ignore caf
        ("study: x\n".encode("utf-16"), "byte 0 is not UTF-8"),
        (b"[" * 3000, "not YAML|line"),
    ],
)
def test_what_is_no_study_is_refused_in_a_sentence(content, message, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(PublishedError, match=message) as refused:
        published.load(path)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(PublishedError, match=r"none\.yaml: no such file"):
        published.load(tmp_path / "none.yaml")
    with pytest.raises(PublishedError, match="Is a directory"):
        published.load(tmp_path)


def test_an_entry_repeated_by_an_alias_keeps_its_own_id(tmp_path):
    text = INVENTED.read_text(encoding="utf-8").replace("  n-hips:", "  n-hips: &n", 1)
    path = tmp_path / "alias.yaml"
    path.write_text(f"{text}  again: *n\n", encoding="utf-8")
    entries = published.load(path).entries
    assert (entries["n-hips"].id, entries["again"].id) == ("n-hips", "again")


def test_an_edited_file_is_read_again(tmp_path):
    path = tmp_path / "study.yaml"
    text = INVENTED.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert published.load(path)["n-hips"].text == "24"
    path.write_text(text.replace("value: 24", "value: 25"), encoding="utf-8")
    assert published.load(path)["n-hips"].text == "25"
