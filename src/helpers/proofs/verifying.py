"""What of certificates can be checked without a solver: cohorts, statuses, bounds.

Cohorts are checked again by `witness`, in exact fractions, and bounds against every cohort that is at
hand, in every reading that it meets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .. import published
from ..published import Study
from . import witness
from .abstract import ProofError
from .certificates import Certificates
from .questions import VARIANTS


def beyond(
    certificates: Certificates, lines: Iterable[str], study: Study | None = None
) -> Iterator[str]:
    """Cohorts that lie beyond an end of a reading that they meet, each as a sentence.

    Parameters
    ----------
    certificates : Certificates
    lines : iterable of str
        Cohorts in the notation of `witness`.
    study : Study, optional
        The shipped one when left out.

    Notes
    -----
    Such a cohort refutes a proved end, and moves a witnessed one.
    """
    study = study or published.load()
    abstracts = {one.id: one.abstract(study) for one in VARIANTS}
    for line in lines:
        cohort = witness.parse(line)
        values = {
            id: witness.exact_value(cohort, id) for id in {one.question.id for one in certificates}
        }
        for one in certificates:
            found = values[one.question.id]
            for sign, name in ((-1, "low"), (1, "high")):
                end = one.end(sign)
                if end is None or sign * found <= sign * end.value:
                    continue
                if not witness.faults(cohort, abstracts[one.variant.id]):
                    yield (
                        f"{one.variant.id}, {one.question.id}, {name}: {end.value} "
                        f"({end.status(one.question)}) is passed by a cohort with {found}: {line}"
                    )


def verify(certificates: Certificates, study: Study | None = None) -> None:
    """Check everything that can be checked without the solver.

    Raises
    ------
    ProofError
        Naming variant, question and end: when a cohort does not meet the abstract or does not
        attain the value, or when a cohort of the file lies at or beyond a value said to be out of
        reach.
    """
    study = study or published.load()
    abstracts = {one.id: one.abstract(study) for one in VARIANTS}
    parsed = {line: witness.parse(line) for line in certificates.cohorts()}
    for one in certificates:
        for sign, name in ((-1, "low"), (1, "high")):
            end = one.end(sign)
            if end is None:
                continue
            where = f"{one.variant.id}, {one.question.id}, {name}"
            cohort = parsed[end.cohort]
            if wrong := witness.faults(cohort, abstracts[one.variant.id]):
                raise ProofError(f"{where}: its cohort does not print the abstract: {wrong[0]}")
            if (found := witness.exact_value(cohort, one.question.id)) != end.value:
                raise ProofError(f"{where}: the value {found} was expected, found {end.value}")
    for line, cohort in parsed.items():
        met = [id for id, facts in abstracts.items() if not witness.faults(cohort, facts)]
        for one in certificates:
            if one.variant.id not in met:
                continue
            found = witness.exact_value(cohort, one.question.id)
            for sign, name in ((-1, "low"), (1, "high")):
                end = one.end(sign)
                counted = certificates.counted_of(one.variant)
                bound = counted.get((one.question.id, sign), found)
                if sign * found > sign * bound:
                    raise ProofError(
                        f"{one.question.id}, {name}: counting excludes what lies beyond {bound}, "
                        f"but this cohort has {found}: {line}"
                    )
                if end is not None and sign * found >= sign * end.excluded:
                    raise ProofError(
                        f"{one.variant.id}, {one.question.id}, {name}: {end.excluded} was to be "
                        f"out of reach, but this cohort has {found}: {line}"
                    )
