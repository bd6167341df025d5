"""What is called impossible: never what has a cohort, always with both halves and the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures_core import dump, invoke, run
from hypothesis import given, settings
from hypothesis import strategies as st
from printed_study import raw, study
from random_study import study as random_study
from selection import examples

from helpers import checks, published, short
from helpers.checks import found
from helpers.published import checking


@settings(max_examples=examples(30), deadline=None)
@given(st.integers(0, 10**6))
def test_what_has_a_cohort_is_never_called_impossible(seed):
    assert checks.contradictions(random_study(seed)) == ()


@pytest.mark.full
@pytest.mark.parametrize("block", range(20))
def test_what_has_a_cohort_is_never_called_impossible_of_many(block):
    for seed in range(50 * block, 50 * block + 50):
        assert checks.contradictions(random_study(seed)) == (), seed


@pytest.mark.parametrize("name", ["published", "tiny"])
def test_the_shipped_studies_contradict_nothing(name):
    assert checks.contradictions(published.load(published.DATA / f"{name}.yaml")) == ()


REAL = {
    # 10.3390/jpm13020229: a rate of its lesions, read as one of its patients
    "lesions": (
        {"n": 22, "lesions": 29, "rates": {"os 6": "96.6", "os 12": "85.2"}},
        ["os-6 (96.6%): no group of 22 (n) has this Kaplan-Meier rate. The smallest group that "
         "prints it has 29, and n-lesions counts 29."],
    ),
    # 10.1016/j.ijrobp.2011.10.035, recurrent group
    "three rates": (
        {"n": 60, "rates": {"lc 12": "95.8", "lc 24": "87.6", "lc 36": "85.8"}},
        ["lc-12 (95.8%), lc-24 (87.6%), lc-36 (85.8%): these cannot all be Kaplan-Meier rates of "
         "60 (n), though every two of them can. The smallest group that can print them has 71."],
    ),
    "its other group": ({"n": 68, "rates": {"lc 12": "100", "lc 24": "98.5", "lc 36": "98.5"}}, []),
    # PubMed 30253974: counts of 40, cut off, among 39
    "one of forty": (
        {"n": 39, "counts": {"single": "35 (87)", "brain": "17 (44)"}, "rates": {"pfs 72": "2.5"}},
        ["single-share (87%): 35 (single) of 39 (n) is 89.7%. It would be 35 of 40, cut off instead "
         "of rounded.",
         "pfs-72 (2.5%): no group of 39 (n) has this Kaplan-Meier rate. The smallest group that "
         "prints it has 40. With decimals cut off instead of rounded, a group of 39 prints it."],
    ),
    # 10.4143/crt.2016.057: cut off and padded to a hundred, and two more than there are
    "side effects": (
        {"n": 46, "levels": {"none": "40 (86.9)", "asthenia": "2", "pain": "6 (13.1)"},
         "died": 4, "alive": 42, "rates": {"os 12": "87.6", "os 24": "87.6"}},
        ["none-share (86.9%): 40 (none) of 46 (n) is 87.0%. With decimals cut off instead of "
         "rounded, 40 of 46 prints as 86.9%.",
         "pain-share (13.1%): 6 (pain) of 46 (n) is 13.0%.",
         "none, asthenia, pain: these add up to 48, and n has 46. If one row can be in several of "
         "these groups, it could be."],
    ),
    # 10.1186/s13014-017-0820-1
    "whole percents": (
        {"n": 18, "levels": dict(zip("abcdef", "474111", strict=True)),
         "counts": {"first": "11 (61)", "earlier": "7 (39)", "solitary": "8", "dose": "44%"},
         "rates": {"lc 12": "94", "cf 12": "60", "pfs 12": "39", "os 12": "89"},
         "summaries": {"median os": "33.6"}, "decimals": 1},
        [],
    ),
    # 10.1016/j.ijrobp.2015.01.045
    "four endpoints": (
        {"n": 40, "counts": {"ebus": "47.5%", "distant": "32.5%", "severe": "3 (7.5)"},
         "rates": {"lc 18": "91.2", "lrc 18": "64.4", "dfs 18": "34.6", "os 18": "59.7"},
         "summaries": {"median os": "10.8", "minimum os": "0.4", "maximum os": "70.3"},
         "decimals": 1},
        [],
    ),
}  # fmt: skip
"""Printed numbers of abstracts, as they were read; a misprint or another reading is no verdict."""


@pytest.mark.parametrize(("printed", "said"), REAL.values(), ids=REAL)
def test_abstracts_that_were_read(printed, said):
    assert [one.text for one in checks.contradictions(study(**printed))] == said


PLANTED = {
    "no count has the share": (
        {"n": 40, "counts": {"marked": "87.3%"}},
        "marked-share (87.3%): no number of 40 (n) has this share.",
    ),
    "another denominator": (
        {"n": 23, "counts": {"marked": "9 (40.9)"}},
        "9 (marked) of 23 (n) is 39.1%. It would be 9 of 22.",
    ),
    "a part larger than its whole": (
        {"n": 20, "counts": {"marked": "21"}},
        "marked and n: marked would be at least 21 by the one and at most 20 by the other.",
    ),
    "levels that leave some out": (
        {"n": 20, "levels": {"a": "11", "b": "8"}},
        "a, b: these add up to 19, and n has 20. If some rows are in none of these groups",
    ),
    "levels as shares": (
        {"n": 20, "levels": {"a": "60%", "b": "45%"}},
        "a-share, b-share: these add up to 21, and n has 20.",
    ),
    "a rate that rises": (
        {"n": 200, "rates": {"os 12": "80.1", "os 24": "82"}},
        "os-24 (82%) is above the earlier os-12 (80.1%): no Kaplan-Meier estimate ever rises.",
    ),
    "a number at risk that rises": (
        {"n": 50, "at_risk": {"os 12": "20", "os 24": "21"}},
        "os-24-at-risk (21) is above the earlier os-12-at-risk (20): no number at risk ever rises.",
    ),
    "more at risk than there are": (
        {"n": 20, "at_risk": {"os 12": "21"}},
        "os-12-at-risk (21): more are at risk than the 20 (n) there are.",
    ),
    "a number at risk": (
        {"n": 33, "rates": {"os 24": "76.4"}, "at_risk": {"os 36": "26"}},
        "os-24 (76.4%): of 33 (n) it cannot be with os-36-at-risk (26) at risk.",
    ),
    "a median beyond the median survival": (
        {"n": 22, "rates": {"os 12": "40"}, "summaries": {"median os": "24"}},
        "os-12 (40%): of 22 (n), half were followed for median-os (24), dead or alive, and so many "
        "cannot have died by then. If the median is that of the living, or of follow-up by a "
        "reversed Kaplan-Meier estimate, it could be.",
    ),
    "too few deaths": (
        {"n": 46, "rates": {"os 12": "80.1"}, "died": 1},
        "of 46 (n) it takes at least 2 events, and there are at most 1 (died).",
    ),
    "too many alive": (
        {"n": 46, "rates": {"os 12": "80.1"}, "alive": 45},
        "of 46 (n) it takes at least 2 events, and there are at most 1 (alive).",
    ),
    "nobody followed for so long": (
        {"n": 20, "rates": {"os 60": "40"}, "summaries": {"maximum os": "54"}},
        "os-60 (40%): nobody was followed for 60, since the longest was maximum-os (54).",
    ),
    "beyond the column": (
        {"n": 20, "rates": {"os 60": "40"}, "limits": (0, 48)},
        "os-60 (40%): nobody can be followed for 60, since column os_months has values up to 48.",
    ),
    "everybody still there": (
        {"n": 20, "rates": {"os 2": "90"}, "summaries": {"minimum os": "4"}},
        "os-2 (90%): nobody died or was lost before minimum-os (4), so it is 100%.",
    ),
    "outside the column": (
        {"n": 20, "summaries": {"maximum os": "201"}},
        "maximum-os (201): column os_months has values from 0.0 to 200.0.",
    ),
    "more decimals than the column": (
        {"n": 20, "summaries": {"minimum os": "12.39"}, "decimals": 1},
        "minimum-os (12.39): values of os_months have 1 decimal, so it is none of them. With 2 "
        "decimals in the column it could be.",
    ),
    "below one half before the median": (
        {"n": 40, "rates": {"os 12": "44.1"}, "medians": {"os": "14"}},
        "os-12 (44.1%) is below 50%, and os-median (14): a Kaplan-Meier estimate is at least one half "
        "before its median. If it is the median of the times of those who died, it could be.",
    ),
    "above one half after the median": (
        {"n": 40, "rates": {"os 24": "53.2"}, "medians": {"os": "22"}},
        "os-24 (53.2%) is above 50%, and os-median (22): a Kaplan-Meier estimate is at most one half "
        "from its median on.",
    ),
    "not reached, and yet": (
        {"n": 40, "rates": {"os 24": "48.0"}, "medians": {"os": "not reached"}},
        "os-24 (48.0%) is below 50%, and os-median (not reached): a Kaplan-Meier estimate never fell "
        "below one half.",
    ),
    "a median beyond all follow-up": (
        {
            "n": 40,
            "rates": {"os 12": "80.1"},
            "medians": {"os": "61"},
            "summaries": {"maximum os": "54"},
        },
        "os-median (61): nobody was followed for so long, since the longest was maximum-os (54).",
    ),
    "out of order": (
        {"n": 20, "summaries": {"median os": "12", "maximum os": "10"}},
        "median-os (12) cannot be above maximum-os (10)",
    ),
}


@pytest.mark.parametrize(("printed", "said"), PLANTED.values(), ids=PLANTED)
def test_every_contradiction_names_both_halves_and_a_reading(printed, said):
    found = checks.contradictions(study(**printed))
    assert len(found) == 1
    assert said in found[0].text
    assert all(id in {*study(**printed).entries} for id in found[0].entries)


@pytest.mark.parametrize(
    "printed",
    [
        {"n": 22, "rates": {"os 24": "40"}, "summaries": {"median os": "24"}},  # of the same month
        {"n": 8, "counts": {"marked": "5 (62)"}},  # 62.5%, halves to even
        {
            "n": 40,
            "rates": {"os 22": "53.2", "os 23": "50"},
            "medians": {"os": "22"},
        },  # 22.4, 49.6%
        {
            "n": 40,
            "rates": {"os 20": "50.0", "os 30": "50.0"},
            "medians": {"os": "25"},
        },  # R's middle
        {"n": 40, "rates": {"os 24": "50.0"}, "medians": {"os": "not reached"}},
        {"n": 8, "counts": {"marked": "5 (63)"}},
        {"n": 20, "summaries": {"median os": "12.35"}, "decimals": 1},  # halfway
        {"n": 20, "rates": {"os 12": "0", "os 24": "0"}, "at_risk": {"os 24": "0"}},
        {"n": 33, "rates": {"os 24": "76.4"}, "at_risk": {"os 24": "25"}},
        {"n": 20, "levels": {"a": "12", "b": "8"}, "counts": {"marked": "20"}},
    ],
)
def test_what_is_only_unusual_is_left_alone(printed):
    assert checks.contradictions(study(**printed)) == ()


SHORT = {
    "a standard deviation beyond the range": (
        "summaries: {age: 60 ± 30 (44-81)}",
        "age-sd (30) is too large for values from age-minimum (44) to age-maximum (81) about age-mean "
        "(60). If these are of "
        "other patients, or the one is a standard error, it could be.",
    ),
    "lesions of which no number has the rate": (
        "lesions: 25\nrates: {lc 12 per lesion: 97.1%}",
        "local-control-per-lesion-12 (97.1%): no group of at most 25 (n, n-lesions) has this "
        "Kaplan-Meier rate.",
    ),
    "beyond the range about the mean": (
        "summaries: {age: 46 ± 12 (44-81)}",
        "age-sd (12) is too large for values from age-minimum (44) to age-maximum (81) about age-mean (46).",
    ),
    "a standard error for a standard deviation": (
        "summaries: {age: 60.1 ± 1.6 (44-81)}",
        "age-sd (1.6) is too small for values from age-minimum (44) to age-maximum (81).",
    ),
    "a mean outside the range": (
        "summaries: {mean age: 84 (44-81)}",
        "age-mean (84) cannot be above age-maximum (81): the mean lies within the range.",
    ),
    "a quartile outside the range": (
        "summaries: {age: 60 (44-81; IQR 41-70)}",
        "age-minimum (44) cannot be above age-lower-quartile (41): the quantile lies within the range.",
    ),
    "a lower quartile above the median": (
        "summaries: {age: 60 (IQR 62-70)}",
        "age-lower-quartile (62) cannot be above age-median (60): they are quantiles of one column.",
    ),
    "a rate above its interval": (
        "rates: {os 12: 70% (95% CI 55-68)}",
        "overall-survival-12 (70%) cannot be above overall-survival-12-upper (68%): they are the estimate "
        "and the upper limit of one interval. If they are of different patients",
    ),
    "a median below its interval": (
        "medians: {os: 12.0 (14.1-20.3)}",
        "overall-survival-median-lower (14.1) cannot be above overall-survival-median (12.0)",
    ),
    "a median that is not reached, with an upper limit": (
        "medians: {os: not reached (14.1-20.3)}",
        "overall-survival-median (not reached) cannot be above overall-survival-median-upper (20.3)",
    ),
    "a ratio outside its interval": (
        "groups: {arm: {A: 10, B: 11}}\nratios: {os by arm: 0.41 (0.62-0.94)}",
        "overall-survival-by-arm-lower (0.62) cannot be above overall-survival-by-arm-ratio (0.41)",
    ),
    "reverse follow-up that is shorter": (
        "summaries: {follow-up: 30, follow-up by reverse Kaplan-Meier: 22}",
        "follow-up-reverse (22) is below follow-up-median (30): until then the reverse estimate is above "
        "one half, since more than half were still followed.",
    ),
    "reverse follow-up beyond the last": (
        "summaries: {follow-up: 30 (2-50), follow-up by reverse Kaplan-Meier: 55}",
        "follow-up-reverse (55): nobody was followed for so long, since the longest was "
        "follow-up-maximum (50).",
    ),
    "a death before the first of all left": (
        "groups: {arm: {A: 10, B: 11}}\nsummaries: {follow-up: 54 (13-129)}\nrates: {os 12 in A: 90%}",
        "overall-survival-12 (90%): nobody died or was lost before follow-up-minimum (13), so it is 100%.",
    ),
    # 10.1016/j.ijrobp.2007.03.048, of an arm: means of those who had it, read as means of curves
    "a mean below the area of its rates": (
        "rates: {lc 12: 76.1%, lc 24: 68.5%}\nmeans: {lc: 16.5}",
        "local-control-mean (16.5): by local-control-12 (76.1%), local-control-24 (68.5%) the area under "
        "the curve is at least 17.34. If it is the mean time of those who had the event",
    ),
    "a mean beyond the last": (
        "summaries: {follow-up: 30 (2-50)}\nmeans: {os: 55}",
        "overall-survival-mean (55): nobody was followed for so long",
    ),
}


@pytest.mark.parametrize(("mean", "until", "contradicts"), [
    (19.7, 24, True), (19.8, 24, False), (22.9, 24, False), (23.0, 24, True), (19.7, None, True),
    (30.0, None, False), (6.0, 6, False), (6.1, 6, True), (10.6, 12, True), (10.7, 12, False),
])  # fmt: skip
def test_a_mean_lies_between_the_areas_of_its_rates(mean, until, contradicts):
    """By hand, up to 24: 12 × 0.895 + 12 × 0.755 = 19.8 or more, 12 + 12 × 0.905 = 22.86 or less."""
    whole = short.expanded(
        short.read(
            f"name: a\nrows: 50\nrates: {{os 12: 90%, os 24: 76%}}\nmeans: {{os: {mean}}}", "a.yaml"
        )
    )
    if until is not None:
        whole["entries"]["overall-survival-mean"]["estimand"]["until"] = until
    found = checks.contradictions(checking.parse(short.written(whole, "a.yaml"), Path("a.yaml")))
    assert bool(found) is contradicts


def _short(text, rows=21):
    whole = short.expanded(short.read(f"name: a\nrows: {rows} patients\n{text}\n", "a.yaml"))
    return checking.parse(short.written(whole, "a.yaml"), Path("a.yaml"))


@pytest.mark.parametrize(("text", "said"), SHORT.values(), ids=SHORT)
def test_what_stands_beside_a_number_is_held_against_it(text, said):
    found = checks.contradictions(_short(text))
    assert len(found) == 1
    assert found[0].text.startswith(said)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("summaries: {age: 63 ± 26 (44-81)}", 2),  # of two, at the ends
        (
            "summaries: {follow-up: 30, follow-up by reverse Kaplan-Meier: 22}",
            20,
        ),  # of an even number
        ("summaries: {age: 60 (44-81; IQR 44-81)}", 3),
        ("medians: {os: 12.0 (not reached-not reached)}", 20),  # all died at once
        ("rates: {os 12: 70% (95% CI 70-70)}", 20),
    ],
)
def test_what_is_only_narrow_is_left_alone(text, rows):
    assert checks.contradictions(_short(text, rows)) == ()


def test_a_register_of_many_is_checked_too():
    many = study(30_000, rates={"os 12": "81.4", "os 60": "43.2"}, died=3_000)
    assert checks.contradictions(many) == ()
    few = study(30_000, rates={"os 12": "81.4"}, died=0)
    assert "it takes at least 2 events" in checks.contradictions(few)[0].text


def test_a_check_can_be_added(monkeypatch):
    monkeypatch.setattr(found, "_CHECKS", dict(found._CHECKS))

    @found.registered(turn=0)
    def odd(study, sizes):
        if study["n"].value % 2:
            yield checks.Contradiction(("n",), "n: it is odd.", "One more would do.")

    assert [one.text for one in checks.contradictions(study(21))] == [
        "n: it is odd. One more would do."
    ]
    assert checks.contradictions(study(20)) == ()
    assert checks.checks()[0] is odd


# ---------------------------------------------------------------- the command


@pytest.fixture
def impossible(tmp_path):
    return dump(tmp_path / "lesions.yaml", raw(**REAL["lesions"][0]))


def test_the_command_says_it_in_a_sentence(impossible, tmp_path):
    done = run("check", impossible)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == REAL["lesions"][1]
    told = json.loads(invoke("check", impossible, "--json").stdout)
    assert told[0]["entries"] == ["os-6", "n"]
    assert told[0]["nearest"].endswith("n-lesions counts 29.")
    fine = dump(tmp_path / "fine.yaml", raw(20, rates={"os 12": "80"}))
    done = run("check", fine)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{fine}: no contradiction was found among 2 numbers\n"
    assert json.loads(invoke("check", fine, "--json").stdout) == []


@pytest.mark.parametrize(
    "words", [["reconstruct", "--seed", 1], ["ensemble", "--n", 2]], ids=["search", "ensemble"]
)
def test_no_cohort_is_sought_where_there_is_none(impossible, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    done = invoke(*words, "--published", impossible, "--out", "out")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "Error: no cohort prints these numbers:\n  os-6 (96.6%): no group"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["lesions.yaml"]


def test_what_is_no_study_is_refused(tmp_path):
    assert "no such file" in invoke("check", tmp_path / "none.yaml").stderr
    (tmp_path / "bad.yaml").write_text("study: [")
    done = invoke("check", tmp_path / "bad.yaml")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
