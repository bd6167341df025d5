"""Find results typed by hand in MyST text: numbers in prose that no code and no YAML put there.

Linters of prose (vale, textlint) would need a rule of their own for this, and a runtime besides
Python; a role or a glue is nothing that they know.

What may stand: numbers in code, mathematics, roles, links and comments; the conventions listed in
`CONVENTIONS`; and examples made up for teaching, between `<!-- by hand -->` and
`<!-- /by hand -->`. Captions, also those in code cells, are prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CONVENTIONS = (
    r"95%",  # the level of intervals
    r"100%",  # all
    r"0\.05",  # the level of tests
    r"30\.4375",  # days in a month
    r"Python 3\.\d+(?:, 3\.\d+)*(?: (?:or|to|and) 3\.\d+)?",
    r"(?:R|version) (?:≥ )?\d\.\d",
    r"CC BY 4\.0",
    r"(?:Apache|SIL Open Font) License \d\.\d",
)
"""Numbers that are not results."""

_THINGS = (
    "patients?|women|woman|persons?|people|lesions?|metastas[ie]s|oligometastas[ie]s|tumou?rs?|deaths?"
    "|events?|progress(?:ions?|ors?)|recurrences?|failures?|survivors?|cases?|days?|weeks?|months?"
    "|years?|mm|cm|millimetres?|per ?cent|percent|points?"
)
_LINKS = "and|are|at|for|from|if|in|is|of|on|or|than|to|when|where|with"
_TEENS = "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER = r"\d[\d,]*"
_RESULTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bp\s*(?:values?\s*)?(?:=|<|>|≤|≥|of|is|was)\s*0?[.·]\d+",
        r"\bn\s*=\s*\d+",
        rf"\b{_NUMBER}(?:\.\d+)?\s?(?:%|‰|per ?cent\b)",
        rf"\b{_NUMBER}\s*(?:/|of|out of|in|from)\s*(?:the |all |every )?{_NUMBER}\b(?![.-]\d)",
        r"(?<![\w.])\d+\.\d+(?![\w.]*\w\.\w)",
        rf"\b{_NUMBER} of (?:the|all|these|those|our|her) (?:\w+ )?(?:{_THINGS})\b",
        rf"\b{_NUMBER}[\s-](?:(?!(?:{_LINKS})\b)\w+[\s-]){{0,2}}(?:{_THINGS})\b",
        rf"\b(?:(?:{_TENS})(?:[\s-]\w+)?|{_TEENS})[\s-](?:\w+[\s-])?(?:{_THINGS})\b",
    )
)
_BY_HAND = re.compile(r"<!-- by hand -->.*?<!-- /by hand -->", re.DOTALL)
_MARKS = re.compile(r"<!-- /?by hand -->")
_NO_PROSE = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"<!--.*?-->",
        r"\$\$.*?\$\$",
        r"(?<![\\$])\$[^$\n]+(?:\n[^$\n]+)?\$",
        r"\{[\w:.-]+\}`[^`]*`",
        r"(`+)(?!`).*?(?<!`)\1(?!`)",
        r"\]\([^)\s]*\)",
        r"<?https?://[^\s>)]+",
        r"\bdoi:?\s*10\.\S+",
        r"<[^<>\n]+>",
        r"\([\w-]+\)=",
    )
)
_FENCE = re.compile(
    r"^(?P<fence>\s*(?:`{3,}|:{3,}))\s*(?:\{(?P<directive>[\w:-]+)\})?(?P<rest>.*)$"
)
_CODE = {
    "code-cell",
    "code",
    "code-block",
    "math",
    "bibliography",
    "glue",
    "raw",
    "mermaid",
    "toctree",
}
_CAPTION = re.compile(r"""(?:^\s*caption:\s*|\bcaption=f?(?P<q>["']))(?P<words>.*?)(?:(?P=q)|$)""")


@dataclass(frozen=True)
class Finding:
    """A number that was typed."""

    line: int
    text: str


def findings(text: str, conventions: Iterable[str] = ()) -> list[Finding]:
    """Results typed by hand in a MyST text, in order.

    Parameters
    ----------
    text : str
    conventions : iterable of str
        Regular expressions of further numbers that are not results.

    Raises
    ------
    ValueError
        When a region made by hand is not closed.
    """
    prose = _BY_HAND.sub(_blank, text)
    if mark := _MARKS.search(prose):
        line = prose.count("\n", 0, mark.start()) + 1
        raise ValueError(f"line {line}: {mark.group()} has no partner")
    prose = "\n".join(_prose(prose.split("\n")))
    for pattern in _NO_PROSE:
        prose = pattern.sub(_blank, prose)
    for convention in (*CONVENTIONS, *conventions):
        prose = re.sub(rf"(?<![\w.]){convention}(?![\w.]*\d)", _blank, prose)
    found: dict[int, tuple[int, str]] = {}
    for pattern in _RESULTS:
        for match in pattern.finditer(prose):
            inside = any(start <= match.start() < end for start, (end, _) in found.items())
            if not inside:
                found[match.start()] = (match.end(), match.group())
    return [
        Finding(prose.count("\n", 0, start) + 1, " ".join(words.split()))
        for start, (_, words) in sorted(found.items())
    ]


def _blank(match: re.Match[str]) -> str:
    """As much nothing as there was text, so that lines stay where they are."""
    return re.sub(r"[^\n]", " ", match.group())


def _prose(lines: list[str]) -> list[str]:
    """The lines of a text, those blank that are front matter, code, or options of a directive."""
    kept: list[str] = []
    open_fences: list[tuple[str, bool]] = []  # the fence, and whether prose is inside
    front = bool(lines) and lines[0] == "---"
    options = False
    for number, line in enumerate(lines):
        if front:
            front = number == 0 or line != "---"
            kept.append("")
            continue
        fence = _FENCE.match(line)
        if open_fences and line.strip() == open_fences[-1][0]:
            open_fences.pop()
            kept.append("")
            continue
        in_code = bool(open_fences) and not open_fences[-1][1]
        if fence and not in_code:
            directive = fence["directive"]
            is_prose = directive is not None and directive.split(":")[0] not in _CODE
            open_fences.append((fence["fence"].strip(), is_prose))
            options = True
            kept.append(fence["rest"] if is_prose else "")
        elif in_code:
            caption = _CAPTION.search(line)
            kept.append(caption["words"] if caption else "")
        elif open_fences and options and re.match(r"\s*:[\w-]+:", line):
            caption = re.match(r"\s*:(?:caption|alt):(.*)", line)
            kept.append(caption[1] if caption else "")
        else:
            options = options and not line.strip()
            kept.append(line)
    return kept
