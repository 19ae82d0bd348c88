"""Who belonged to which group, and when: surely, and possibly. From what was asked and answered alone."""

from dataclasses import dataclass

from bench.chaos.records import NEVER, Request


@dataclass(frozen=True, slots=True)
class Act:
    """The k-th change of one person's own memberships: what their own room has at seq k."""

    group: str
    is_member: bool
    request: Request


@dataclass(slots=True)
class Stay:
    """From `asked` possibly, from `joined` surely; until `leaving` surely, until `left` possibly."""

    user: int
    asked: float
    joined: float
    leaving: float = NEVER
    left: float = NEVER


class Stays:
    """Memberships change one at a time for each person, so their order is that of asking."""

    def __init__(self, requests: list[Request]) -> None:
        self.acts: dict[int, list[Act]] = {}
        self.of_group: dict[str, list[Stay]] = {}
        self.locked: dict[str, bool] = {}
        changes = [r for r in requests if r.type in ("create_group", "join", "leave") and r.stored is not None]
        for request in sorted(changes, key=lambda request: request.first_sent):
            self._add(request)

    def _add(self, request: Request) -> None:
        answer = request.stored
        assert answer is not None
        group = request.body.get("group") or answer.made or ""
        if request.type == "create_group":
            self.locked[group] = request.body["locked"]
        is_member = request.type != "leave"
        self.acts.setdefault(request.user, []).append(Act(group, is_member, request))
        stays = self.of_group.setdefault(group, [])
        if is_member:
            stays.append(Stay(request.user, request.first_sent, answer.at))
        else:
            stay = next((stay for stay in reversed(stays) if stay.user == request.user), None)
            if stay is not None:
                stay.leaving, stay.left = request.first_sent, answer.at

    def surely(self, group: str, user: int) -> list[tuple[float, float]]:
        return [(stay.joined, stay.leaving) for stay in self.of_group.get(group, ()) if stay.user == user]

    def possibly(self, group: str, user: int, since: float, until: float) -> bool:
        """Whether this person may have been a member at any time between these."""
        stays = (stay for stay in self.of_group.get(group, ()) if stay.user == user)
        return any(stay.asked <= until and stay.left >= since for stay in stays)

    def leaving_after(self, group: str, user: int, at: float) -> float:
        """When this person first asked to end a stay that still lasted then, or a later one.

        It may have been before: a slow connection can tell of a stay when another device has asked to end it already.
        """
        stays = (stay.leaving for stay in self.of_group.get(group, ()) if stay.user == user and stay.left > at)
        return min(stays, default=NEVER)

    def is_member(self, group: str, user: int) -> bool:
        """At the end."""
        return any(stay.user == user and stay.left == NEVER for stay in self.of_group.get(group, ()))
