"""A part that is larger than its whole, and a group that is counted twice, differently."""

from __future__ import annotations

from collections.abc import Iterator

from ..published import Study
from .found import Contradiction, registered
from .sizes import Sizes


@registered(turn=2)
def parts(study: Study, sizes: Sizes) -> Iterator[Contradiction]:
    """Groups that would have more rows at least than at most."""
    for known in (sizes.plain, {group: sizes[group] for group in study.groups}):
        # A group that is itself counted tells more than one of which it is a part.
        own = {
            group: any(entry.id in known[group].low_from for entry in entries)
            for group, entries in sizes.counted.items()
        }
        for group, size in sorted(known.items(), key=lambda one: not own.get(one[0], False)):
            if size.high is not None and size.low > size.high:
                lows, highs = dict.fromkeys(size.low_from), dict.fromkeys(size.high_from)
                yield Contradiction(
                    tuple(dict.fromkeys((*lows, *highs))),
                    f"{', '.join(lows)} and {', '.join(highs)}: {study.groups[group].label} would "
                    f"be at least {size.low} by the one and at most {size.high} by the other.",
                )
