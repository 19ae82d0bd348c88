"""Signals of one alert on each device, over all its connections: once at each level, and none too few."""

from typing import Final

from bench.chaos.cases import Case
from bench.chaos.kept import ENDINGS
from bench.chaos.records import Copy, Device
from bench.chaos.verdict import Kind, Verdict

_NUMBER: Final = {"red": 3, "yellow": 2, "info": 0}


def judge_signals(case: Case, devices: list[Device], had: dict[int, list[Copy]], verdict: Verdict) -> None:
    for index, copies in had.items():
        device = devices[index]
        problem = _first_problem(case, device, copies)
        if problem is not None:
            kind, text, at = problem
            verdict.fault(kind, f"device {index}: {text} (alert {case.id})", device=index, alert=case.id, at=at)


def _first_problem(case: Case, device: Device, copies: list[Copy]) -> tuple[Kind, str, float] | None:
    is_own = device.user == case.user
    # Whoever was told that it is unconfirmed has forgotten it, and may be alarmed anew.
    forgotten = sorted(c.unconfirmed[case.id] for c in device.connections if case.id in c.unconfirmed)
    signalled, cleared = 0, set[int]()
    should_have = None
    for copy in copies:
        while forgotten and forgotten[0] <= copy.at:
            forgotten.pop(0)
            signalled, should_have = 0, None
            cleared.clear()
        number = _NUMBER[copy.level]
        if copy.signal and is_own:
            return "sounded", f"revision {copy.revision} of their own", copy.at
        if copy.signal and copy.all_clear:
            if copy.revision in cleared:
                return "sounded", f"a second all-clear for revision {copy.revision}", copy.at
            cleared.add(copy.revision)
        elif copy.signal:
            if number <= signalled:
                return "sounded", f"a second signal, {copy.level}, at revision {copy.revision}", copy.at
            signalled = number
        is_over = copy.late or copy.state in ENDINGS
        if number and not is_own and not is_over and copy.why != ("held",) and not signalled and should_have is None:
            should_have = copy
    if should_have is not None and not signalled:
        return "silent", f"no signal with revision {should_have.revision}, {should_have.level}", should_have.at
    return None
