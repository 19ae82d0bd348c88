"""Whether the server kept its word to whoever asked: an `ok` for ever the same, an error only for a reason."""

from collections.abc import Callable
from typing import Any, Final

from bench.chaos.asking import TEMPORARY
from bench.chaos.records import NEVER, Answer, Request
from bench.chaos.verdict import Kind, Verdict

# What may be said for good to whom, if something else of theirs explains it.
_FINAL: Final = {
    "message": {"not_found"},
    "revise": {"not_found"},
    "alert": {"not_found"},
    "update": {"ended", "too_many_updates", "not_found", "forbidden"},
}


def check_answers(requests: list[Request], durable: dict[str, float], verdict: Verdict) -> None:
    """`durable`: since when each alert is known to be on disk."""
    leavers = {(request.user, request.body["group"]) for request in requests if request.type == "leave"}
    raised = {request.stored.made: request.body for request in requests if request.type == "alert" and request.stored}
    for request in requests:
        left = _left_behind(request, leavers, raised)
        _check(request, left, durable, verdict)
        verdict.figures[f"{request.type}: asked"] += 1
        verdict.figures["sent"] += len(request.sent)
        verdict.figures["answers"] += len(request.answers)
        if request.stored is not None:
            verdict.figures[f"{request.type}: stored"] += 1
        if any(answer.error is None and not answer.durable for answer in request.answers):
            verdict.figures[f"{request.type}: outran the log"] += 1
        if request.given_up:
            verdict.figures["given up before they were stored"] += 1


def _left_behind(request: Request, leavers: set[tuple[int, str]], raised: dict[str | None, dict[str, Any]]) -> bool:
    """Whether its author has left a group to which it goes; words of a public alert go there all the same."""
    about = raised.get(request.body.get("alert"), {}) if request.type == "update" else request.body
    if request.type == "update" and about.get("public", True):
        return False
    groups = about["groups"] if "groups" in about else [about.get("group", "")]
    return any((request.user, group) in leavers for group in groups)


def _check(request: Request, left_behind: bool, durable: dict[str, float], verdict: Verdict) -> None:
    oks = [answer for answer in request.answers if answer.error is None]
    is_alert = request.type in ("alert", "update")
    alert = (request.body.get("alert") or (oks[0].made if oks else None)) if is_alert else None

    def fault(kind: Kind, text: str) -> None:
        name = f"{request.type} {request.id} of person {request.user}"
        verdict.fault(kind, f"{name}: {text}", alert=alert, room=request.body.get("group"))

    for answer in oks:
        if not _is_same(oks[0], answer):
            fault("lie", f"first {_brief(oks[0])}, then {_brief(answer)}")
        if not answer.durable and not is_alert:
            fault("lie", "an ok that is not durable")
    _check_refusals(request, left_behind, durable, fault)
    if request.stored is None and not request.given_up and not _is_settled(request, durable):
        fault("unsettled", "never answered for good")


def _check_refusals(
    request: Request, left_behind: bool, durable: dict[str, float], fault: Callable[[Kind, str], None]
) -> None:
    first = request.stored
    for answer in request.answers:
        if answer.error == "internal":
            fault("refused", "internal")
        elif answer.error is None or answer.error in TEMPORARY:
            continue
        elif first is not None and _asked_after(request, answer, first):
            fault("lie", f"ok, and later {answer.error}")
        elif not _explained(request, answer, left_behind, durable):
            fault("refused", answer.error)


def _is_same(one: Answer, other: Answer) -> bool:
    """Before it is durable there are no seqs yet; of several updates that died, another may be asked again first."""
    if one.durable and other.durable:
        return (one.made, one.revision, one.rooms) == (other.made, other.revision, other.rooms)
    return one.made == other.made


def _asked_after(request: Request, answer: Answer, first: Answer) -> bool:
    """Whether all that can have led to this answer was sent when the `ok` had come: none was on its way before."""
    times = [sent.at for sent in request.sent if (sent.device, sent.connection) == (answer.device, answer.connection)]
    return bool(times) and min(times) > first.at


def _explained(request: Request, answer: Answer, left_behind: bool, durable: dict[str, float]) -> bool:
    if answer.error not in _FINAL.get(request.type, ()):
        return False
    if request.type == "update" and answer.error == "not_found":  # gone with a crash: it was never known to be stored
        return durable.get(request.body["alert"], NEVER) > answer.at
    return left_behind or (request.type == "update" and answer.error != "forbidden")


def _is_settled(request: Request, durable: dict[str, float]) -> bool:
    """Refused for good, or `stored` has told what no `ok` told."""
    if any(answer.error is not None and answer.error not in TEMPORARY for answer in request.answers):
        return True
    return request.type in ("alert", "update") and any(answer.made in durable for answer in request.answers)


def _brief(answer: Answer) -> str:
    return f"({answer.made}, revision {answer.revision}, {answer.rooms}, durable {answer.durable})"
