"""The account of a whole run: what was said against what was heard. Pure, and its own: nothing of the server."""

from bench.chaos.alerts import Alerts
from bench.chaos.answers import check_answers
from bench.chaos.cases import gather
from bench.chaos.records import NEVER, Life, Records
from bench.chaos.rooms import Rooms
from bench.chaos.stays import Stays
from bench.chaos.verdict import Verdict


def judge(records: Records) -> Verdict:
    """Every fault that the records show, and figures."""
    verdict = Verdict()
    cases = gather(records)
    stays = Stays(records.requests)
    check_answers(records.requests, {case.id: case.known for case in cases.values() if case.durable}, verdict)
    Rooms(records, stays, verdict).judge()
    Alerts(records, cases, stays, verdict).judge()
    _check_connections(records, verdict)
    _count(records, verdict)
    return verdict


def _check_connections(records: Records, verdict: Verdict) -> None:
    for device in records.devices:
        if not device.is_settled:
            verdict.fault("unsettled", f"device {device.index} was not up to date at the end", device=device.index)
        for number, connection in enumerate(device.connections):
            if connection.miscounted:
                text = (
                    f"device {device.index}, connection {number}: {connection.miscounted} heartbeats counted otherwise"
                )
                verdict.fault("miscounted", text, device=device.index)
    for note, count in records.notes.items():
        if note in ("start_over", "history_lost"):
            verdict.fault("lie", f"{count} × {note}, and nothing was replaced or pruned")
        elif note.startswith("hello refused: ") and note != "hello refused: busy":
            verdict.fault("refused", f"{count} × {note}: all that it said came from the server")
        elif note.startswith("unexpected: ") and note != "unexpected: rate_limited":
            verdict.fault("refused", f"{count} × {note}")
        elif note == "closed: 4005":
            verdict.fault("miscounted", f"{count} × the server found that fewer frames had come than it sent")


def _count(records: Records, verdict: Verdict) -> None:
    """What the run must have had in it to be worth anything."""
    figures = verdict.figures
    stored: dict[str, float] = {}
    for request in records.requests:
        answer = request.stored
        if answer is None:
            continue
        if life_at(records.lives, request.first_sent) != life_at(records.lives, answer.at):
            figures["answered in a later life than asked in"] += 1
        if request.type == "message" and answer.made is not None:
            stored[answer.made] = answer.at
    for device in records.devices:
        figures["connections"] += len(device.connections)
        figures["messages received"] += len(device.messages)
        figures["copies of alerts received"] += len(device.copies)
        figures["signals"] += sum(copy.signal and not copy.all_clear for copy in device.copies)
        figures["late copies"] += sum(copy.late for copy in device.copies)
        figures["positions taken"] += sum(position.taken < NEVER for position in device.positions)
        for message in device.messages:
            if life_at(records.lives, stored.get(message.id, NEVER)) < life_at(records.lives, message.at):
                figures["messages received in a later life than stored in"] += 1


def life_at(lives: list[Life], at: float) -> int:
    """Which life of the server a time falls into: that which began last before it."""
    return sum(life.started <= at for life in lives[1:])
