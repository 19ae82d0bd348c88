"""Say, repeat, stop the disk, kill the server, cut and come back, in any order: every room is whole in the end.

The model knows only what a client can know: what it asked for, and which answers it got. It keeps its places as
`protocol.md` tells clients to, in code of its own.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from realtime.config import Settings
from tests.delivery.disks import Disk
from tests.town import HERE, Phone, Town, with_settings

USERS = ("anna", "bo", "cia")


@dataclass
class Member:
    """One device of one person, as a client keeps its own books."""

    user: str
    phone: Phone | None = None
    place: int = 0
    above: set[int] = field(default_factory=set)
    told_before: set[int] = field(default_factory=set)  # above the place that this connection began with
    first: int = 1  # of the group's room, as the last `welcome` or `membership` told
    is_member: bool = True
    shown: dict[str, tuple[int, str]] = field(default_factory=dict)  # message: its revision and text
    holds: dict[str, int] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)  # alert: how often it sounded
    last_seq: int = 0  # of a message on this connection


@dataclass
class Asked:
    """One request that is stored, with the first answer that it got."""

    user: str
    type: str
    fields: dict[str, Any]
    ok: dict[str, Any] | None = None


class NothingIsLost(RuleBasedStateMachine):
    tail_bytes = 1_000_000

    def __init__(self) -> None:
        super().__init__()
        self.disk = Disk()
        limits = {"messages_per_s": 1e6, "messages_burst": 1_000_000}
        log = {"replay_page": 2, "tail_bytes": self.tail_bytes}
        quotas = {"enforced": False}
        self.town = Town(
            with_settings(Settings(), connection=limits, log=log, quotas=quotas, alerts={"update_interval_s": 0.0}),
            self.disk,
        )
        self.members = {user: Member(user) for user in USERS}
        self.asked: dict[str, Asked] = {}
        self.count = 0

    def teardown(self) -> None:
        try:
            self.everybody_settles()
            self.everything_is_whole()
        finally:
            self.disk.go_on()
            self.town.close()

    @initialize()
    def a_group_of_all(self) -> None:
        phones = [self.town.phone(user) for user in USERS]
        self.group = self.town.group(*phones)
        for member, phone in zip(self.members.values(), phones, strict=True):
            member.phone = phone
            phone.new()

    # --- what people do ---

    @rule(who=st.sampled_from(USERS), count=st.integers(1, 3))
    def say(self, who: str, count: int) -> None:
        for _ in range(count):
            self._ask(who, "message", group=self.group, text=f"text {self.count}")
        self._settle()

    @rule(who=st.sampled_from(USERS))
    def raise_a_red(self, who: str) -> None:
        at = {"lat": HERE[0], "lon": HERE[1]}
        self._ask(who, "alert", level="red", kind="warn", public=False, groups=[self.group], **at)
        self._settle()

    @rule(who=st.sampled_from(USERS), which=st.integers(0, 9), again=st.booleans())
    def revise(self, who: str, which: int, again: bool) -> None:
        """Say one of one's own messages otherwise, or take it back."""
        mine = [each for each in self.asked.values() if each.user == who and each.type == "message" and each.ok]
        if mine:
            said = mine[which % len(mine)].ok
            assert said is not None
            change = {"text": f"text {self.count}"} if again else {"removed": True}
            self._ask(who, "revise", group=self.group, seq=said["rooms"][self.group], **change)
            self._settle()

    @rule(who=st.sampled_from(USERS), which=st.integers(0, 99))
    def say_again(self, who: str, which: int) -> None:
        """The same request once more, answered or not."""
        mine = [id for id, each in self.asked.items() if each.user == who]
        if mine:
            self._say(mine[which % len(mine)])
            self._settle()

    @rule(who=st.sampled_from(USERS))
    def connect(self, who: str) -> None:
        if self.members[who].phone is None:
            self._connect(self.members[who])

    @rule(who=st.sampled_from(USERS))
    def cut(self, who: str) -> None:
        member = self.members[who]
        if member.phone is not None:
            self._read(member)
            member.phone.hang_up()
            member.phone = None

    @rule(who=st.sampled_from(USERS))
    def replaced(self, who: str) -> None:
        """The same device connects anew while its old connection is still open."""
        member = self.members[who]
        if member.phone is not None:
            self._read(member)
            self._connect(member)

    @precondition(lambda self: not self.disk.is_stopped)
    @rule(who=st.sampled_from(("bo", "cia")))
    def leave_or_join(self, who: str) -> None:
        member = self.members[who]
        if member.phone is None or self.disk.is_full([]):
            return
        self._read(member)
        if member.is_member:
            assert member.phone.ask("leave", group=self.group)["type"] == "ok"
        else:
            assert member.phone.ask("join", group=self.group, accepted=True)["type"] == "ok"
        self._read(member)
        member.is_member = not member.is_member

    # --- what goes wrong ---

    @rule(after_storing=st.booleans())
    def the_disk_stops(self, after_storing: bool) -> None:
        if not self.disk.is_stopped:
            self.disk.stop(after_storing=after_storing)

    @rule()
    def the_disk_goes_on(self) -> None:
        self.disk.go_on()
        self._settle()

    @rule(full=st.booleans())
    def the_disk_fills(self, full: bool) -> None:
        self.disk.is_full = lambda entries: full
        self._pass(2.0)

    @rule(seconds=st.sampled_from((0.1, 0.3, 2.0)))
    def time_passes(self, seconds: float) -> None:
        self._pass(seconds)

    @rule()
    def the_server_is_killed(self) -> None:
        for member in self.members.values():
            self._read(member)
            member.phone = None
        self.town = self.town.restarted()
        self.disk.go_on()  # for the new server; what waited before the disk is gone with the old one
        self.town.settle()

    # --- what must hold ---

    @invariant()
    def nobody_gets_anything_twice_or_out_of_order(self) -> None:
        for member in self.members.values():
            self._read(member)

    def everybody_settles(self) -> None:
        self.disk.go_on()
        self.disk.is_full = lambda entries: False
        self._pass(2.0)
        for member in self.members.values():
            if member.phone is None:
                self._connect(member)
        for id, each in self.asked.items():
            if each.ok is None:
                self._say(id)
        self._pass(2.0)
        for member in self.members.values():
            assert member.phone is not None
            member.phone.say("ping")
            self._read(member)

    def everything_is_whole(self) -> None:
        stored = {
            each.ok["rooms"][self.group]: each for each in self.asked.values() if each.ok and each.ok.get("rooms")
        }
        last = self.town.hubs["real"].rooms.room(self.group).last
        assert sorted(stored) == list(range(1, last + 1)), (
            "every answer names a seq of its own, and there are no others"
        )
        texts: dict[str, tuple[int, str]] = {}
        said_at: dict[str, int] = {}
        for seq in sorted(stored):
            each = stored[seq]
            assert each.ok is not None
            if each.type in ("message", "revise"):
                texts[each.ok["message"]] = (each.ok.get("revision", 1), each.fields.get("text", ""))
                said_at.setdefault(each.ok["message"], seq)
        for member in self.members.values():
            if not member.is_member:
                continue
            assert member.place == last, f"{member.user} is at {member.place} of {last}"
            for message, shown in member.shown.items():
                if said_at[message] < member.first:
                    continue  # of what was before this membership nothing is told, nor what becomes of it
                assert shown == texts[message], f"{member.user} shows {shown}, it is {texts[message]}"
            for each in stored.values():
                assert each.ok is not None
                if each.type == "alert" and each.ok["rooms"][self.group] >= member.first:
                    assert each.ok["alert"] in member.holds, f"{member.user} lacks an alert"
        for member in self.members.values():
            assert all(count == 1 for count in member.signals.values()), member.signals

    # --- the model ---

    def _ask(self, who: str, type: str, **fields: Any) -> None:
        if self.members[who].phone is None or not self.members[who].is_member:
            return
        self.count += 1
        id = f"ask-{self.count}"
        self.asked[id] = Asked(who, type, fields)
        self._say(id)

    def _say(self, id: str) -> None:
        each = self.asked[id]
        member = self.members[each.user]
        if member.phone is not None:
            member.phone.say(each.type, id=id, **each.fields)

    def _settle(self) -> None:
        self.town.pass_time(0.0, settle=not self.disk.is_stopped)

    def _pass(self, seconds: float) -> None:
        for member in self.members.values():
            if member.phone is not None:
                member.phone.connection.last_heard = self.town.clock.monotonic()
        self.town.pass_time(seconds, settle=not self.disk.is_stopped)

    def _connect(self, member: Member) -> None:
        holds = [{"alert": alert, "revision": revision} for alert, revision in member.holds.items()]
        rooms = {self.group: member.place} if member.is_member else {}
        member.last_seq = 0
        member.told_before = set(member.above)
        member.phone = Phone(self.town, member.user, "phone")
        hello = {"rooms": rooms, "holds": holds, "epoch": self.town.epoch}
        member.phone.say("hello", token=f"real/{member.user}", device="phone", **hello)
        self._settle()
        self._read(member)

    def _read(self, member: Member) -> None:
        """Take in what came, refusing whatever a client could not make sense of."""
        if member.phone is None:
            return
        for frame in member.phone.new():
            take = getattr(self, f"_take_{frame['type']}", None)
            if take is not None:
                take(member, frame)

    def _take_welcome(self, member: Member, frame: dict[str, Any]) -> None:
        assert (self.group in frame["rooms"]) == member.is_member
        if member.is_member:
            member.first = frame["rooms"][self.group]["from"]
            member.place = max(member.place, member.first - 1)

    def _take_live(self, member: Member, frame: dict[str, Any]) -> None:
        member.place = max(member.place, frame.get("rooms", {}).get(self.group, 0))
        self._close_up(member)

    _take_heartbeat = _take_live  # its `rooms` may be left out

    def _take_membership(self, member: Member, frame: dict[str, Any]) -> None:
        if frame["state"] == "member":
            member.first = frame["from"]
            member.place = max(member.place, frame["from"] - 1, frame.get("seq", 0))

    def _take_unconfirmed(self, member: Member, frame: dict[str, Any]) -> None:
        for alert in frame["alerts"]:
            del member.holds[alert]
            member.signals.pop(alert, None)  # it was taken from the screen; if its author tries again, it is news

    def _take_stored(self, member: Member, frame: dict[str, Any]) -> None:
        self._note(member, frame)

    def _take_error(self, member: Member, frame: dict[str, Any]) -> None:
        each = self.asked.get(frame.get("id", ""))
        if each is not None:
            assert frame["code"] in ("not_stored", "not_found", "too_many_updates"), frame
            assert each.ok is None or frame["code"] == "not_stored", f"answered {each.ok}, then {frame}"

    def _take_ok(self, member: Member, frame: dict[str, Any]) -> None:
        each = self.asked.get(frame.get("id", ""))
        if each is None:
            return
        self._note(member, frame)
        if frame.get("alert"):
            member.holds.setdefault(frame["alert"], 1)
        if not frame["durable"]:
            return
        assert each.ok is None or each.ok == frame, f"first {each.ok}, then {frame}"
        each.ok = frame
        if each.type == "message":
            member.shown.setdefault(frame["message"], (1, each.fields["text"]))
        elif each.type == "revise" and frame["revision"] > member.shown.get(frame["message"], (0, ""))[0]:
            member.shown[frame["message"]] = (frame["revision"], each.fields.get("text", ""))  # the author has no copy

    def _take_message(self, member: Member, frame: dict[str, Any]) -> None:
        seq = frame["rooms"][self.group]
        assert seq >= member.first, "from before the membership"
        assert seq > member.last_seq, f"{seq} after {member.last_seq}"
        member.last_seq = seq
        # Who comes back names its place alone: what it has above that is told again, and dropped by the client.
        assert self._note(member, frame) or seq in member.told_before, f"{member.user} got {seq} twice"
        revision = frame.get("revision", 1)
        if revision >= member.shown.get(frame["message"], (0, ""))[0]:
            member.shown[frame["message"]] = (revision, frame.get("text", ""))

    def _take_alert(self, member: Member, frame: dict[str, Any]) -> None:
        assert frame["revision"] > member.holds.get(frame["alert"], 0), "the same revision twice"
        member.holds[frame["alert"]] = frame["revision"]
        if frame["signal"] and not frame.get("tone"):
            member.signals[frame["alert"]] = member.signals.get(frame["alert"], 0) + 1
        self._note(member, frame)

    _take_update = _take_alert

    def _note(self, member: Member, frame: dict[str, Any]) -> bool:
        seq = frame.get("rooms", {}).get(self.group)
        if seq is None or seq <= member.place or seq in member.above:
            return False
        member.above.add(seq)
        self._close_up(member)
        return True

    def _close_up(self, member: Member) -> None:
        while member.place + 1 in member.above:
            member.place += 1
        member.above = {seq for seq in member.above if seq > member.place}


class NothingIsLostWithoutTail(NothingIsLost):
    """All that comes back is read from the log."""

    tail_bytes = 1


@pytest.mark.parametrize("machine", [NothingIsLost, NothingIsLostWithoutTail])
def test_every_room_is_whole_whatever_happens(machine: type[NothingIsLost]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=80, stateful_step_count=30, deadline=None))
