"""The short form of an abstract: what it becomes, and what it refuses in one sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures_core import invoke
from hypothesis import given
from hypothesis import strategies as st

from helpers import cohort, package, published, scorecard, short
from helpers.published import checking
from helpers.reconstruct import reconstruct
from helpers.short import likely, names, texts

YEUNG = (published.DATA / "abstracts" / "yeung-2017.yaml").read_text(encoding="utf-8")


def study(text: str) -> published.Study:
    return checking.parse(
        short.written(short.expanded(short.read(text, "a.yaml")), "a.yaml"), Path("a.yaml")
    )


def refusal(text: str) -> str:
    with pytest.raises(short.ShortError) as refused:
        study(text)
    return str(refused.value)


def head(rest: str, rows: int = 18) -> str:
    return f"name: a\nrows: {rows} patients\n{rest}"


def test_every_number_of_the_text_is_an_entry_as_it_is_written():
    """Numbers of doi 10.1186/s13014-017-0820-1."""
    entries = study(YEUNG).entries
    assert {id: entry.text for id, entry in entries.items()} == {
        "n": "18",
        "n-primary-liver": "4",
        "n-primary-bowel": "7",
        "n-primary-pancreas": "4",
        "n-primary-oesophagus": "1",
        "n-primary-gallbladder": "1",
        "n-primary-lung": "1",
        "n-at-first-presentation": "11",
        "share-at-first-presentation": "61%",
        "n-solitary": "8",
        "share-35-gy-in-5": "44%",
        "follow-up-median": "33.6",
        "size-median": "1.95",
        "size-minimum": "0.8",
        "size-maximum": "6.2",
        "overall-survival-12": "89%",
        "local-control-12": "94%",
        "progression-free-survival-12": "39%",
    }


def test_a_cohort_is_found_that_prints_every_number(tmp_path):
    found = study(YEUNG)
    package.write(tmp_path / "c", package.files(found, reconstruct(found, 1).tables, "x", "x"))
    rows = scorecard.rows(cohort.load(tmp_path / "c", found))
    assert len(rows) == len(found.entries)
    assert all(row.agrees for row in rows)


def test_a_study_of_rules_and_few_groups_is_searched():
    """A rule's row was taken for that of a group, of which there are fewer."""
    found = study(head("rates: {os 12: 89%, local control 12: 94%}"))
    assert len(found.groups) == 1
    assert len(reconstruct(found, 1).tables["patients"]) == 18


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("33.6", texts.Number(33.6, 1)),
        ("33.60", texts.Number(33.6, 2)),
        ("89%", texts.Number(89, 0, percent=True)),
        ("<0.001", texts.Number(0.001, 3, "<")),
        ("≥ 3", texts.Number(3, 0, ">=")),
        (".04", texts.Number(0.04, 2)),
        ("47·0", texts.Number(47.0, 1)),
        ("−2", texts.Number(-2, 0)),
    ],
)
def test_a_number_is_read_with_its_decimals(text, number):
    assert texts.as_number(text) == number


@pytest.mark.parametrize("text", ["", "n/a", "1.2.3", "89 %%", "12 months", "1,5"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(texts.TextError, match="a number was expected"):
        texts.as_number(text)


@pytest.mark.parametrize("dash", ["-", "–", "—", " to ", ", "])
def test_a_range_is_read_with_every_dash(dash):
    assert texts.as_summary(f"31 (6{dash}71)") == texts.Printed(
        texts.Number(31, 0),
        between=(texts.Between("range", texts.Number(6, 0), texts.Number(71, 0)),),
    )


@pytest.mark.parametrize(
    ("section", "line", "entries"),
    [
        ("summaries", "age: 62.1 ± 9.2", {"mean": "62.1", "sd": "9.2"}),
        ("summaries", "age: 62 +/- 9 (44-81)",
         {"mean": "62", "sd": "9", "minimum": "44", "maximum": "81"}),
        ("summaries", "age: 57 (IQR 50-64)",
         {"median": "57", "lower-quartile": "50", "upper-quartile": "64"}),
        ("summaries", "age: 57 (26-84; IQR 50-64)",
         {"median": "57", "minimum": "26", "maximum": "84", "lower-quartile": "50",
          "upper-quartile": "64"}),
        ("rates", "os 24: 57.3% (45.1-68.2)", {"24": "57.3%", "24-lower": "45.1%", "24-upper": "68.2%"}),
        ("rates", "os 24: 57.3 (95% CI 45.1 to 68.2)",
         {"24": "57.3%", "24-lower": "45.1%", "24-upper": "68.2%"}),
        ("rates", "os 24: 55 ± 7.9", {"24": "55%", "24-se": "7.9%"}),
        ("medians", "os: 24 (19-31)", {"median": "24", "median-lower": "19", "median-upper": "31"}),
        ("medians", "os: 13.5 (90% CI 7.6–NR)",
         {"median": "13.5", "median-lower": "7.6", "median-upper": "not reached"}),
        ("medians", "os: NR (7.6-not reached)",
         {"median": "not reached", "median-lower": "7.6", "median-upper": "not reached"}),
        ("medians", "os: 14.5 ± 2.0 (10.5-18.5)",
         {"median": "14.5", "median-se": "2.0", "median-lower": "10.5", "median-upper": "18.5"}),
        ("rates", "cumulative incidence of local recurrence 24: 12%", {"local-recurrence-incidence-24": "12%"}),
        ("medians", "os: 22 (95% CI 4.2-39.7; IQR 12.5-34.5)",
         {"median": "22", "median-lower": "4.2", "median-upper": "39.7",
          "median-lower-quartile": "12.5", "median-upper-quartile": "34.5"}),
        ("means", "os: 28.5 ± 1.6 (25.4-31.6)",
         {"mean": "28.5", "mean-se": "1.6", "mean-lower": "25.4", "mean-upper": "31.6"}),
        ("summaries", "age: mean 62.1", {"mean": "62.1"}),
        ("summaries", "mean age: 56 (40-71)", {"mean": "56", "minimum": "40", "maximum": "71"}),
        ("summaries", "median age: 56", {"median": "56"}),
        ("summaries", "age: (40-71)", {"minimum": "40", "maximum": "71"}),
        ("summaries", "follow-up of the living: 40 (12-90)",
         {"living-median": "40", "living-minimum": "12", "living-maximum": "90"}),
        ("summaries", "follow-up by reverse Kaplan-Meier: 41", {"reverse": "41"}),
    ],
)  # fmt: skip
def test_what_stands_beside_a_number_is_an_entry_of_its_own(section, line, entries):
    found = study(head(f"{section}:\n  {line}\n")).entries
    stem = dict.fromkeys(("rates", "medians", "means"), "overall-survival").get(
        section, "follow-up" if line.startswith("follow") else "age"
    )
    told = {id.removeprefix(f"{stem}-"): entry.text for id, entry in found.items() if id != "n"}
    assert told == entries


def test_the_scale_and_the_level_of_an_interval_are_those_of_the_text():
    found = study(head("intervals: plain\nmedians:\n  os: 24 (90% CI 19-31)\n")).entries
    lower = found["overall-survival-median-lower"].estimand
    assert (lower.interval, lower.level) == ("plain", 0.9)
    found = study(head("rates:\n  os 24: 57% (45-68)\n")).entries["overall-survival-24-lower"]
    assert (found.estimand.interval, found.estimand.level) == ("log-log", 0.95)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("medians: {os: 13.5 (7.6-19.4)}", "symmetric"),
        ("medians: {os: 13.5 (7.6-18.9)}", "log-log"),
        ("medians: {os: 24 (19-29)}", "log-log"),
        ("medians: {os: 22 (4.2-39.7)}", "symmetric"),  # 10.3390/jpm13020229
        ("medians: {os: 22 (17.2-27.1)}", "log-log"),
        ("intervals: log\nmedians: {os: 13.5 (7.6-19.4)}", "log"),
        ("intervals: log\nmedians: {os: 13.5 ± 3.0 (7.6-19.4)}", "symmetric"),
        ("intervals: symmetric\nmedians: {os: 24 (19-31)}", "symmetric"),
    ],
)
def test_an_even_interval_of_a_median_is_that_of_spss(text, interval):
    assert study(head(text)).entries["overall-survival-median-lower"].estimand.interval == interval


def test_a_count_in_a_group_is_of_those_in_both():
    found = study(
        head("groups: {arm: {A: 10, B: 8}}\ncounts: {men in A: 6 (60%), men in B: 4 (50%)}")
    )
    group = found.groups[found.entries["n-men-in-a"].estimand.group]
    assert [(one.column, one.one_of) for one in group.where] == [("men", (1,)), ("arm", ("A",))]
    assert found.entries["share-men-in-b"].estimand.of == "b"
    assert found.entries["n-men-in-b"].estimand.group == "men-in-b"


def test_a_time_to_an_event_is_one_of_those_who_had_it():
    found = study(head(
        "groups: {arm: {A: 9, B: 9}}\n"
        "summaries: {time to progression in A: mean 16.5, time to death: 20, time to surgery: 3}\n"
        "rates: {pfs 12: 50%}"
    )).entries  # fmt: skip
    asked = {id: entry.estimand for id, entry in found.items() if id.startswith("time-to")}
    assert {id: one.column for id, one in asked.items()} == {
        "time-to-progression-mean": "progression_free_survival_onset",
        "time-to-death-median": "follow_up",
        "time-to-surgery-median": "time_to_surgery",
    }
    assert [one.group for one in asked.values()] == ["a", "dead", "everyone"]


NESTED = "rates: {lc 18: 91.2%, lrc 18: 64.4%, dfs 18: 34.6%, os 18: 59.7%}"


def test_endpoints_are_nested():
    """Of 10.1016/j.ijrobp.2015.01.045: a local failure is a locoregional one, and both end dfs."""
    ends = study(head(NESTED, 40)).endpoints
    local, region, any_of_them = (
        f"{name}_onset"
        for name in ("local_control", "locoregional_control", "disease_free_survival")
    )
    assert (ends["local-control"].onset, ends["local-control"].end) == (local, "follow_up")
    assert ends["locoregional-control"].first_of == (local, region)
    assert ends["locoregional-control"].end == "follow_up"
    assert ends["disease-free-survival"].first_of == (
        local,
        region,
        any_of_them,
        "overall-survival",
    )


def test_a_cohort_of_nested_endpoints_has_the_part_in_the_whole(tmp_path):
    found = study(head(NESTED, 40))
    package.write(tmp_path / "c", package.files(found, reconstruct(found, 1).tables, "x", "x"))
    loaded = cohort.load(tmp_path / "c", found)
    assert all(row.agrees for row in scorecard.rows(loaded))
    patients = loaded.patients
    order = ("local-control", "locoregional-control", "disease-free-survival")
    for part, whole in (*pairwise(order), ("overall-survival", order[-1])):
        one, other = found.endpoints[part], found.endpoints[whole]
        assert (patients[other.time] <= patients[one.time]).all()
        assert (patients[other.event] >= patients[one.event]).all()


def test_endpoints_are_apart_where_it_is_said_or_where_one_has_a_time_of_its_own():
    ends = study(head(f"nested: no\n{NESTED}")).endpoints
    assert ends["locoregional-control"].onset == "locoregional_control_onset"
    assert ends["disease-free-survival"].first_of == (
        "disease_free_survival_onset",
        "overall-survival",
    )
    said: list[str] = []
    text = head(f"{NESTED}\nsummaries: {{time to locoregional recurrence: 7}}")
    found = short.expanded(short.read(text, "a.yaml"), said.append)
    assert "onset" in found["endpoints"]["locoregional-control"]
    assert said == [
        "locoregional control: drawn apart from local control, since the times to its event are "
        "summarised"
    ]
    assert "one of 'yes', 'no' was expected" in refusal(head("nested: perhaps"))


def test_an_onset_of_lesions_is_one_of_their_patient():
    found = study(head("lesions: 29\nrates: {lc 12 per lesion: 94%, pfs 12: 50%}"))
    assert found.derived["local_control_onset"].minimum_of == "lesions"
    assert found.endpoints["progression-free-survival"].first_of[0] == "local_control_onset"


def test_who_died_and_who_is_alive_is_counted_by_the_end_of_follow_up():
    """A flag of its own said nothing of deaths: 42 were alive, and 30 died."""
    found = study(
        head(
            "groups: {arm: {A: 9, B: 9}}\ncounts: {alive: 12 (67%), died in A: 4}\n"
            "summaries: {age in died: 70}\ntests: {'os: died against alive': 0.5}"
        )
    )
    counted = {id: found.groups[one.estimand.group] for id, one in found.entries.items()
               if id in ("n-alive", "n-died-in-a", "age-median")}  # fmt: skip
    conditions = {id: [(c.column, c.one_of) for c in group.where] for id, group in counted.items()}
    assert conditions == {
        "n-alive": [("died", (0,))],
        "n-died-in-a": [("died", (1,)), ("arm", ("A",))],
        "age-median": [("died", (1,))],
    }


def test_levels_without_a_count_and_levels_together():
    found = study(head(
        "groups: {factors: {none: unknown, one: unknown, two: 6}}\ncounts: {wedge: unknown}\n"
        "medians: {os in none: 40, os in one or two: 20}\ntests: {os by wedge: <0.01, os by two: 0.2}"
    ))  # fmt: skip
    assert [id for id in found.entries if id.startswith(("n-", "share-"))] == ["n-factors-two"]
    both = found.groups[found.entries["overall-survival-median-2"].estimand.group]
    assert both.where[0].one_of == ("one", "two")
    pair = found.entries["overall-survival-p-two"].estimand.groups
    assert [found.groups[one].where[0].one_of for one in pair] == [("two",), ("none", "one")]
    assert found.entries["overall-survival-p-wedge"].value == 0.01


def test_rates_that_need_most_of_a_group_say_who_was_followed():
    """Of 10.1016/j.ijrobp.2011.10.035: one failure in the second year leaves 98.5% of 65 or more."""
    text = "rates: {lc 12: 100%, lc 24: 98.5%, lc 36: 98.5%}"
    (found,) = study(head(text, 68)).requirements.values()
    assert (found.estimand.time, found.relation, found.value) == (12, ">=", 65)
    assert not study(head("rates: {os 12: 89%, os 24: 50%}", 68)).requirements


def test_decimals_can_be_cut_off():
    entries = study(
        head("rounding: cut off\ncounts: {men: 6 (33%)}\nrates: {os 12: 89.4%}")
    ).entries
    assert {id for id, entry in entries.items() if entry.truncated} == {
        "share-men",
        "overall-survival-12",
    }
    assert "one of 'half up', 'cut off' was expected" in refusal(head("rounding: bankers"))


def test_a_ratio_is_a_cox_model_of_two_groups_that_are_everybody():
    found = study(head("groups: {arm: {A: 9, B: 9}}\nratios: {os by arm: 0.62 (0.41-0.94)}"))
    texts_of = {id: entry.text for id, entry in found.entries.items() if "by-arm" in id}
    model = "overall-survival-by-arm"
    assert texts_of == {
        f"{model}-ratio": "0.62",
        f"{model}-lower": "0.41",
        f"{model}-upper": "0.94",
    }
    assert found.models[model].covariates["a"].group == "a"
    flag = study(head("counts: {smokers: 9}\nratios: {os by smokers: 0.62}"))
    assert flag.models["overall-survival-by-smokers"].covariates["smokers"].group == "smokers"


@pytest.mark.parametrize(
    ("key", "unit", "found"),
    [
        ("os 12", "months", ("os", 12, "12 months")),
        ("os 2 y", "months", ("os", 24, "2 years")),
        ("2-year os", "months", ("os", 24, "2 years")),
        ("local control 18 mo", "months", ("local control", 18, "18 months")),
        ("os at 18 months", "months", ("os", 18, "18 months")),
        ("OS at 18", "months", ("OS", 18, "18 months")),
        ("at 2 years os", "months", ("os", 24, "2 years")),
        ("overall survival rate at 18 months", "months", ("overall survival", 18, "18 months")),
        ("os 5", "years", ("os", 5, "5 years")),
        ("os 1", "years", ("os", 1, "1 year")),
        ("os", "months", None),
        ("p53 free survival", "months", None),
    ],
)
def test_the_time_of_a_rate_is_found(key, unit, found):
    assert names.at_time(key, unit) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rows: 18 patients", "a.yaml: a line for name was expected, such as `name: yeung-2017`"),
        ("name: a", "a.yaml: a line for rows was expected, such as `rows: 18 patients`"),
        ("name: a\nrows: eighteen", "a.yaml, line 2: 'rows': a count such as `18 patients` was"),
        (head("rate: {os 12: 89%}"), "no key is called 'rate'; did you mean 'rates'?"),
        (head("rates: {os: 44%}"), "'os': an endpoint and a time were expected"),
        (head("rates: {os 12: 0.89}"), "a rate in percent was expected, found '0.89'"),
        (head("rates: {os 12: 189%}"), "a rate from 0 to 100% was expected"),
        (head("rates: {os 12: [1, 2]}"), "a number or a word was expected, found lines below it"),
        (head("rates: {os 12: 1%, os 12: 2%}"), "line 3, rates: the key 'os 12' stands twice"),
        (head("rates: 12"), "lines of a name and a number were expected below it"),
        (head("rates: {os 12 in arm A: 1%}"), "no group is called 'arm A'"),
        (head("groups: {arm: {A: 9, B: 10}}"), "the levels of 'arm' count 19, more than 18"),
        (
            head("groups: {arm: {A: x, B: 10}}"),
            "line 3, arm: 'A': a number was expected, found 'x'",
        ),
        (head("counts: {solitary: 8.5}"), "a count such as 11 (61%) was expected"),
        (head("summaries: {age: 62 ± 9 (IQR 50-64)}"), "quartiles go with a median, found a mean"),
        (head("summaries: {age: 62 (95% CI 50-64)}"), "a range or IQR was expected in brackets"),
        (head("summaries: {age: NR}"), "a number was expected, found 'NR'"),
        (head("rates: {os 12: 89% (IQR 80-90)}"), "95% CI was expected in brackets"),
        (
            head("groups: {arm: {A: 9, B: 9}}\nratios: {os by arm: 0.6 ± 0.2}"),
            "an interval in brackets was expected, found a standard error",
        ),
        (head("summaries: {age: median 62 ± 9}"), "a standard deviation goes with a mean"),
        (head("summaries: {median age: 62 ± 9}"), "a median was expected, found a mean"),
        (head("means: {os: NR}"), "a number was expected, found 'NR'"),
        (head("medians: {os: 24 (31-19)}"), "a range from low to high was expected"),
        (head("interval: log"), "no key is called 'interval'; did you mean 'intervals'?"),
        (head("intervals: loglog"), "'intervals': did you mean 'log-log'?"),
        (head("ratio: {os by arm: 0.6}"), "no key is called 'ratio'; did you mean 'ratios'?"),
        (
            head("groups: {arm: {A: 9, B: 8}}\nratios: {os by arm: 0.6}"),
            "two groups that are everybody were expected",
        ),
        (head("summaries: {age: 62 (80-50)}"), "a range from low to high was expected"),
        (head("summaries: {follow-up years: 2}"), "say `time: years` at the top"),
        (
            head("rates: {survival of hips 12: 89%}"),
            "no endpoint is called 'survival of hips'; known are os",
        ),
        (head("medians: {median os: 12}"), "no endpoint is called 'median os'; known are os"),
        (
            head("rates: {disease-specific survival 12: 89%}"),
            "survival of another kind needs the full form",
        ),
        (
            head("summaries: {survival: 14 (2-60)}"),
            "the time to death or last contact is called follow-up",
        ),
        (
            head("summaries: {OS: mean 14}"),
            "median or mean of a curve stands under medians or means",
        ),
        (head("tests: {os by arm: 0.04}"), "two groups were expected behind `by`, found 0"),
        (head("tests: {os: 0.04}"), "`os by arm` or `os: first against second` was expected"),
        (head("time: fortnights"), "one of 'days', 'weeks', 'months', 'years' was expected"),
        (head("year: MMXX"), "a year was expected, found 'MMXX'"),
        ("name: [", "a.yaml, line 1"),
        ("", "a.yaml: the file is empty"),
        (head("rates: {os 12: '59,7%'}"), "write a decimal point: 59.7%"),
        (head("counts: {solitary: '1,234'}"), "write 1234, or 1.234 where it is a decimal"),
        (head("rates: {os 12: 59.7 percent}"), "write 59.7%"),
        (head("rates: {os 12: 0.597}"), "write 59.7%, or 0.597% for less than one percent"),
        (
            head("summaries: {age: 76 years (56-90)}"),
            "a unit stands behind the name, as in `size mm`",
        ),
        (
            head("summaries: {age: 'median 76, range 56-90'}"),
            "write what belongs to it in brackets: 76 (56-90)",
        ),
        ("name: a\npatients: 40", "did you mean `rows: 40 patients`?"),
        (head("tests:\n  os: a against b: 0.1\n"), "line 4: a second colon was found; put quotes"),
        (head("rates:\n\tos 12: 3%\n"), "line 4: a tab was found; write spaces in its place"),
        ("- a", "lines such as `rows: 18 patients` were expected"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence_with_its_line(text, sentence):
    said = refusal(text)
    assert sentence in said
    assert "\n" not in said


def test_a_group_that_is_nearly_there_is_told():
    text = head("groups: {arm: {surgery: 9, drugs: 9}}\ncounts: {smokers in surgerey: 3}")
    assert "no group is called 'surgerey'; did you mean 'surgery'?" in refusal(text)


def test_levels_that_leave_some_out_get_one_for_the_rest():
    found = study(head("groups: {sex: {men: 8, women: 9}}"))
    assert found.tables["patients"].columns["sex"].levels == ("men", "women", "not stated")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("groups: {sex: {men: 8, women: 9}}", ["sex: 17 of 18; 1 is not stated"]),
        ("groups: {sex: {men: 8, women: 10}}", []),
        ("groups: {sex: {men: 8, women: unknown}}", []),
        ("lesions: 29\ngroups: {site per lesion: {lung: 20, bone: 7}}",
         ["site: 27 of 29; 2 are not stated"]),
        ("rates: {os at 12: 89%, lc 12: 94%, progression free survival 12: 50%}", []),
        ("rates: {brain control at 12: 89%, brain control 24: 80%}",
         ["brain control: taken as an endpoint of its own; death is censored"]),
        ("rates: {dementia free survival 12: 89%}",
         ["dementia-free survival: taken as an endpoint of its own; a death is an event of it"]),
    ],
)  # fmt: skip
def test_what_may_have_been_meant_otherwise_is_said(text, sentences):
    said: list[str] = []
    short.expanded(short.read(head(text), "a.yaml"), said.append)
    assert said == sentences


def test_the_remarks_of_the_command_stand_on_standard_error(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(head("groups: {sex: {men: 8, women: 9}}"), encoding="utf-8")
    done = invoke("new", file)
    assert (done.exit_code, done.stderr) == (0, f"{file}: sex: 17 of 18; 1 is not stated\n")
    assert "not stated" in done.stdout


def test_a_cut_of_a_column_is_a_group():
    found = study(head("summaries: {size mm: 15 (4-50)}\nrates: {os 36 in size > 15: 21.6%}"))
    group = found.groups[found.entries["overall-survival-36"].estimand.group]
    assert (group.where[0].column, group.where[0].above) == ("size", 15)


def test_names_of_every_script_are_kept_as_labels():
    found = study(head("groups: {部位: {肺: 9, шея: 9}}\nrates: {os 12 in 肺: 50%}"))
    assert {"肺", "шея"} <= {group.label for group in found.groups.values()}


counts = st.lists(st.integers(0, 30), min_size=2, max_size=4)
percents = st.floats(0, 100).map(lambda x: f"{x:.1f}%")


@given(counts, percents, st.floats(0.1, 90), st.integers(1, 120))
def test_any_numbers_become_a_valid_study(sizes, rate, follow_up, months):
    """Also rates of 0 and 100, empty levels, and short follow-up."""
    rows = max(1, sum(sizes))
    levels = ", ".join(f"level {k}: {size}" for k, size in enumerate(sizes))
    found = (
        study(
            head(
                f"groups: {{g: {{{levels}}}}}\nsummaries: {{follow-up: {follow_up:.1f}}}\n"
                f"rates: {{os {months}: {rate}, lc {months} in level 0: {rate}}}",
                rows,
            )
        )
        if sum(sizes)
        else None
    )
    assert found is None or len(found.entries) == 1 + len(sizes) + 3


@given(st.floats(1, 100), st.floats(0.05, 0.95), st.floats(0.5, 3))
def test_a_weibull_goes_through_its_points(median, share, shape):
    curve = {"median": median, "shape": shape}
    times = [0.5 * median, median, 1.5 * median]
    found = likely.weibull([(t, likely.survival(curve, t)) for t in times], median)
    assert found["median"] == pytest.approx(median, rel=0.01)
    one = likely.weibull([(median, share)], median)
    assert likely.survival(one, median) == pytest.approx(share, abs=0.01)


def test_follow_up_is_the_earlier_of_death_and_censoring():
    death = {"median": 30.0, "shape": 1.2}
    lost = likely.censoring(death, 20)
    both = likely.survival(death, 20) * likely.survival(lost, 20)
    assert both == pytest.approx(0.5, abs=0.01)


def test_without_a_printed_follow_up_somebody_is_followed_to_the_latest_rate():
    death = {"median": 12.0, "shape": 0.5}
    lost = likely.censoring(death, None, latest=120)
    assert likely.survival(lost, 120) == pytest.approx(0.5, abs=0.01)
    assert likely.censoring(death, None, latest=6)["median"] == 12.0


def test_the_command_writes_the_full_form_and_refuses_with_code_2(tmp_path):
    (tmp_path / "a.yaml").write_text(YEUNG, encoding="utf-8")
    run = [sys.executable, "-m", "helpers", "new"]
    done = subprocess.run([*run, "a.yaml"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert checking.parse(done.stdout, Path("b.yaml")).study.name == "yeung-2017"
    (tmp_path / "b.yaml").write_text("name: b\n", encoding="utf-8")
    for name in ("b.yaml", "missing.yaml"):
        done = subprocess.run([*run, name], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(rf"Error: {name}: .*\n", done.stderr)
