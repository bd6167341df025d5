"""What stands between an exercise's gates, or a solution's, and the cells that an answer needs."""

from __future__ import annotations

import re

EXERCISE = re.compile(
    r"^```\{exercise-start\} (?P<title>[^\n]+)\n:label: (?P<label>\S+)\n(?P<text>.*?)"
    r"^```\{exercise-end\}$",
    re.DOTALL | re.MULTILINE,
)
SOLUTION = re.compile(
    r"```\{solution-start\} (?P<of>\S+)\n.*?^```\n(?P<body>.*?)^```\{solution-end\}\n```\n",
    re.DOTALL | re.MULTILINE,
)
CHECK = re.compile(r'exercises\.check\(\s*"(?P<id>[^"]+)"')
"""The name of an exercise whose answer is checked."""


HAND_IN = """## Hand in

Run the whole notebook from its top, then the next cell. It lists the exercises of this chapter that can be checked: \
which are right, which were tried, and which were not. Paste the list, or hand in the file, together with the notebook."""
"""What stands over the last cell of a notebook for students or readers, as Markdown."""


def hand_in(chapter: str) -> str:
    """The code of that cell.

    Parameters
    ----------
    chapter : str
        Name of the chapter's file, without the ending.
    """
    return f'exercises.report("{chapter}")'


def answer_cells(solution: str) -> list[str]:
    """The code of the empty cells for what a solution answers; none where it answers in words alone.

    Parameters
    ----------
    solution : str
        What stands between its gates.
    """
    names = dict.fromkeys(CHECK.findall(solution))
    if names:
        return [f'answer = ...\nexercises.check("{name}", answer)' for name in names]
    return ["# Your code"] if "```{code-cell}" in solution else []


def answers(text: str) -> dict[str, list[str]]:
    """The empty answer cells of each exercise of a chapter, by its label."""
    return {found["of"]: answer_cells(found["body"]) for found in SOLUTION.finditer(text)}
