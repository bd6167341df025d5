"""What stands between an exercise's gates, or a solution's, in the text of a chapter."""

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
