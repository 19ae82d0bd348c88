"""The questions of surveys, as data: a list in two languages (F84)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from realtime.messages import AskedQuestion, Choice, Question

_FILE: Final = Path(__file__).with_suffix(".toml")


@cache
def questions() -> dict[Question, AskedQuestion]:
    document: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: AskedQuestion(
            question=name,
            sv=document[name]["sv"],
            en=document[name]["en"],
            choices=tuple(Choice(answer=a, **said) for a, said in document[name].get("choices", {}).items()),
        )
        for name in get_args(Question)
    }
