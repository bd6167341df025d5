"""What `python -m helpers forced` says of an interval that is printed with a rate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from .rate_words import aligned, patients, span, spans

if TYPE_CHECKING:
    from ..forced.interval import Interval, TypeFit

_SHOWN = 4
"""Shares that are shown."""


def interval_as_json(interval: Interval, sizes: Sequence[int]) -> str:
    """How each type fits, for a machine."""
    from ..forced.interval import type_fits

    told = [
        {
            **asdict(fit),
            "fits": fit.fits,
            "smallest_n": fit.smallest_size,
            "sizes": [n for n in sizes if fit.smallest_size is not None and n >= fit.smallest_size],
        }
        for fit in type_fits(interval)
    ]
    return json.dumps(told, indent=1)


def interval_as_text(interval: Interval, sizes: Sequence[int]) -> str:
    """Which types fit, how many patients they take, and what that says of a group."""
    from ..forced.interval import type_fits

    fits = type_fits(interval)
    name = (
        f"{interval.rate.text}% with a {100 * interval.level:g}% interval from "
        f"{interval.low.text} to {interval.high.text}%"
    )
    fitting = [fit for fit in fits if fit.fits]
    if not fitting:
        return f"{name} is none of the types {', '.join(fit.kind for fit in fits)}."
    several = "one of the types" if len(fitting) > 1 else "of the type"
    lines = [f"{name} can be {several} {' or '.join(fit.kind for fit in fitting)}."]
    lines.append("It is as wide as of so many patients, none of them lost:")
    rows: list[tuple[str, ...]] = [("type", "as wide as of", "it takes", "with nobody lost")]
    rows += [(fit.kind, _as_many(fit), str(fit.smallest_size), _shares(fit)) for fit in fitting]
    lines += ["", *aligned(rows)]
    if sizes:
        lines += ["", *(_of(interval, fit, sizes) for fit in fitting)]
    return "\n".join(lines)


def _as_many(fit: TypeFit) -> str:
    assert fit.patients_min is not None
    if fit.patients_max is None:
        return f"from {fit.patients_min:.1f}"
    return f"{fit.patients_min:.1f} to {fit.patients_max:.1f}"


def _shares(fit: TypeFit) -> str:
    if not fit.shares:
        return "none"
    shown = ", ".join(f"{left} of {n}" for left, n in fit.shares[:_SHOWN])
    return shown if len(fit.shares) <= _SHOWN else f"{shown}, ..."


def _of(interval: Interval, fit: TypeFit, sizes: Sequence[int]) -> str:
    """What a type says of the sizes that were asked for."""
    assert fit.patients_min is not None
    assert fit.smallest_size is not None
    possible = [n for n in sizes if n >= fit.smallest_size]
    if len(sizes) > 1:
        words = (
            f"{spans(possible)} patients can print it" if possible else "none of these sizes can"
        )
        return f"If {fit.kind}: {words}."
    n = sizes[0]
    if not possible:
        return (
            f"If {fit.kind}: {patients(n)} are too few, for it takes at least {fit.smallest_size}."
        )
    listed = _listed(interval, fit, n)
    if fit.patients_max is None or fit.patients_max >= n:
        return f"If {fit.kind}: {patients(n)} can print it with few or none lost.{listed}"
    return (
        f"If {fit.kind}: of {patients(n)} some were lost before the last death, so that it is as "
        f"wide as of {_as_many(fit)} with none lost.{listed}"
    )


def _listed(interval: Interval, fit: TypeFit, n: int) -> str:
    """What all sets that fit have in common, where they can be listed."""
    from ..forced import countable
    from ..forced.interval import sets_that_fit

    counted = countable(interval.rate, [n], 1, 600_000)
    found = sets_that_fit(interval, fit.kind, counted) if counted is not None else None
    if found is None:
        return ""
    if not found:
        return f" But no set of {patients(n)} prints both."
    deaths = sorted({len(sizes) for sizes in found})
    last = [min(sizes) for sizes in found]
    return (
        f" {len(found):,} of {counted.n_sets if counted else 0:,} sets print both: {spans(deaths)} "
        f"deaths, the last with {span(min(last), max(last))} at risk."
    )
