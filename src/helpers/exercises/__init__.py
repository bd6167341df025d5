"""Exercises with feedback, and quizzes.

`check` tells whether an answer is right, and otherwise which mistake it looks like; it never prints
the answer. `report` lists what was checked, to be handed in. `quiz` shows the questions of a chapter,
whose feedback needs no kernel. What is asked and what is right stands chapter by chapter in `chNN.py`
and `quizzes`.
"""

from .answers import Exercise, ExerciseError, Mistake
from .feedback import Feedback, check
from .handing_in import ExerciseReport, report
from .quizzes import QuizQuestion, quiz, read
from .registry import chapters, exercise

__all__ = [
    "Exercise",
    "ExerciseError",
    "ExerciseReport",
    "Feedback",
    "Mistake",
    "QuizQuestion",
    "chapters",
    "check",
    "exercise",
    "quiz",
    "read",
    "report",
]
