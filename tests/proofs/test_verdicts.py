"""Three verdicts, one set of words, wherever the book says what is known of a number not printed."""

import pytest

from helpers import verdicts


def test_an_interval_is_proved_only_if_both_its_ends_are():
    assert verdicts.of_ends("proved", "proved") == verdicts.PROVED
    for ends in (("proved", "witnessed"), ("witnessed", "proved"), ("witnessed", "witnessed")):
        assert verdicts.of_ends(*ends) == verdicts.WITNESSED


@pytest.mark.parametrize(
    ("least", "most", "kind"), [(2, 2, "forced"), (0, 18, "free"), (1, 6, "bounded")]
)
def test_the_kind_of_a_proved_interval(least, most, kind):
    assert verdicts.kind(least, most, (0, 18)) == kind


def test_the_evidence_tells_of_each_end_how_it_is_known():
    row = verdicts.certified("Deaths", "5 to 9", "proved", "witnessed", ("counted", "open"))
    assert row == {
        "claim": "Deaths",
        "verdict": "at least this free",
        "interval": "5 to 9",
        "evidence": "low: counted; high: open",
    }
    assert verdicts.certified("Deaths", "5", "proved", "proved")["evidence"] == "both ends proved"
    assert verdicts.sampled("Deaths", "5 to 9", "95%")["verdict"] == "sampled"
    assert verdicts.proved("Deaths", "5", "counted")["verdict"] == "proved interval"
