"""Join, leave, walk, alert, disconnect in any order: exactly the right people have it, once.

The judge is a plain model: it follows everybody's place and groups by hand, and measures with its own formula.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.oracles import great_circle_m
from tests.town import HERE, Phone, Town, north

USERS = ("anna", "bo", "cia")
DEVICES = ("phone", "tablet")
STEPS_M = (0, 300, 450, 800, 2_500)  # from HERE: inside and outside of 300 m and 500 m, with room for the cell
CELL_M = 100 * 2**0.5 / 2
TTL_S = {"red": 1_800.0, "yellow": 3_600.0, "info": 86_400.0}


@dataclass
class Device:
    """What one device is, has and remembers, as its owner would tell it."""

    user: str
    name: str
    phone: Phone | None = None
    at: tuple[float, float] | None = None
    at_since: float = 0.0
    holds: dict[str, int] = field(default_factory=dict)  # alert: revision, kept over connections
    due: set[str] = field(default_factory=set)  # alerts that this device must have
    passed_by: set[str] = field(default_factory=set)  # what was active near it while it was not connected
    told: dict[str, set[int]] = field(default_factory=dict)  # group: seqs that it has been told
    places: dict[str, int] = field(default_factory=dict)


@dataclass
class Raised:
    id: str
    author: str
    level: str
    lat: float
    lon: float
    public: bool
    group: str | None
    expires_at: float
    revision: int = 1
    ended: bool = False


class Neighbourhood(RuleBasedStateMachine):
    alerts = Bundle("alerts")

    def __init__(self) -> None:
        super().__init__()
        self.town = Town()
        self.devices = {(user, name): Device(user, name) for user in USERS for name in DEVICES}
        self.raised: dict[str, Raised] = {}
        self.groups: dict[str, set[str]] = {}
        self.seqs: dict[str, int] = {}
        self.visible_from: dict[tuple[str, str], int] = {}

    def teardown(self) -> None:
        self.town.close()

    @initialize()
    def everybody_knows_each_other(self) -> None:
        anna = self._connect(self.devices["anna", "phone"], None)
        bo = self._connect(self.devices["bo", "phone"], None)
        for members, locked in ((("anna", "bo"), False), (("anna",), True)):
            phones = [anna, bo][: len(members)]
            group = self.town.group(*phones, locked=locked)
            self.groups[group] = set(members)
            self.seqs[group] = 0
            for user in members:
                self.visible_from[group, user] = 1
                for device in self._of(user):
                    device.places[group] = 0
                    device.told[group] = set()

    # --- what people do ---

    @rule(who=st.sampled_from(USERS), name=st.sampled_from(DEVICES), step=st.sampled_from((None, *STEPS_M)))
    def connect(self, who: str, name: str, step: int | None) -> None:
        device = self.devices[who, name]
        if device.phone is None:
            self._connect(device, step)

    @rule(who=st.sampled_from(USERS), name=st.sampled_from(DEVICES))
    def disconnect(self, who: str, name: str) -> None:
        device = self.devices[who, name]
        if device.phone is not None:
            self._take_in(device)
            device.phone.hang_up()
            device.phone = None

    @rule(who=st.sampled_from(USERS), name=st.sampled_from(DEVICES), step=st.sampled_from(STEPS_M))
    def walk(self, who: str, name: str, step: int) -> None:
        device = self.devices[who, name]
        if device.phone is not None:
            device.at, device.at_since = north(HERE, step), self.town.clock.now()
            device.phone.ask("position", lat=device.at[0], lon=device.at[1])
            self._who_is_near()

    @rule(who=st.sampled_from(USERS), name=st.sampled_from(DEVICES))
    def hide(self, who: str, name: str) -> None:
        device = self.devices[who, name]
        if device.phone is not None:
            device.phone.ask("position", withdraw=True)
            device.at = None

    @rule(who=st.sampled_from(USERS), index=st.integers(0, 1))
    def join(self, who: str, index: int) -> None:
        group = list(self.groups)[index]
        phone = self._phone_of(who)
        if phone is None or who in self.groups[group]:
            return
        code = self.town.worlds["real"].hub._naming.join_code(group)
        assert phone.ask("join", group=group, code=code, accepted=True)["type"] == "ok"
        self.groups[group].add(who)
        self.visible_from[group, who] = self.seqs[group] + 1
        for device in self._of(who):
            device.places[group] = self.seqs[group]
            device.told[group] = set()
        self._who_is_entitled_as_member()

    @rule(who=st.sampled_from(USERS), index=st.integers(0, 1))
    def leave(self, who: str, index: int) -> None:
        group = list(self.groups)[index]
        phone = self._phone_of(who)
        if phone is None or who not in self.groups[group]:
            return
        for device in self._of(who):
            self._take_in(device)
        assert phone.ask("leave", group=group)["type"] == "ok"
        self.groups[group].discard(who)

    @rule(
        target=alerts,
        who=st.sampled_from(USERS),
        level=st.sampled_from(("red", "yellow", "info")),
        step=st.sampled_from(STEPS_M),
        public=st.booleans(),
        index=st.sampled_from((None, 0, 1)),
    )
    def alert(self, who: str, level: str, step: int, public: bool, index: int | None) -> Any:
        group = None if index is None else list(self.groups)[index]
        phone = self._phone_of(who)
        if phone is None or not (public or group) or (group and who not in self.groups[group]):
            return multiple()
        lat, lon = north(HERE, step)
        groups = [group] if group else []
        ok = phone.ask("alert", level=level, kind="warn", lat=lat, lon=lon, public=public, groups=groups)
        if ok["type"] != "ok":
            assert ok["code"] == "rate_limited"
            return multiple()
        if group:
            self.seqs[group] += 1
            assert ok["rooms"] == {group: self.seqs[group]}
        expires_at = self.town.clock.now() + TTL_S[level]
        raised = self.raised[ok["alert"]] = Raised(ok["alert"], who, level, lat, lon, public, group, expires_at)
        for device in self._of(who):
            if device.phone is phone:
                device.holds[raised.id] = 1
                if group:
                    device.told[group].add(self.seqs[group])
            if device.phone is not None:
                device.due.add(raised.id)
        self._who_is_near()
        self._who_is_entitled_as_member()
        return raised.id

    @rule(alert=alerts, end=st.booleans())
    def update(self, alert: str, end: bool) -> None:
        raised = self.raised[alert]
        phone = self._phone_of(raised.author)
        if phone is None or not self._active(raised):
            return
        self.town.pass_time(1.1)
        if not self._active(raised):
            return
        changes = {"state": "closed"} if end else {"text": "more"}
        answer = phone.ask("update", alert=alert, **changes)
        if answer["type"] == "ok":
            raised.revision = answer["revision"]
            raised.ended = end
            for device in self._of(raised.author):
                if device.phone is phone:
                    device.holds[alert] = raised.revision

    @rule(who=st.sampled_from(USERS), index=st.integers(0, 1))
    def chat(self, who: str, index: int) -> None:
        group = list(self.groups)[index]
        phone = self._phone_of(who)
        if phone is None or who not in self.groups[group]:
            return
        ok = phone.ask("message", group=group, text="hello")
        self.seqs[group] += 1
        assert ok["rooms"] == {group: self.seqs[group]}
        for device in self._of(who):
            if device.phone is phone:
                device.told[group].add(self.seqs[group])

    @rule(minutes=st.sampled_from((1, 20, 40, 90)))
    def time_passes(self, minutes: int) -> None:
        self.town.pass_time(minutes * 60.0)
        for world in self.town.worlds.values():
            world.forget_old()

    # --- what must hold ---

    @invariant()
    def everybody_has_exactly_what_concerns_them(self) -> None:
        for device in self.devices.values():
            if device.phone is None:
                continue
            self._take_in(device)
            for id in device.due:
                assert device.holds.get(id) == self.raised[id].revision, f"{device.user} {device.name} lacks {id}"
            for id in device.holds:
                assert id in device.due, f"{device.user} {device.name} should not have {id}"

    @invariant()
    def every_room_is_told_without_gap_or_repeat(self) -> None:
        for device in self.devices.values():
            if device.phone is None:
                continue
            self._take_in(device)
            for group, members in self.groups.items():
                if device.user in members:
                    first = max(self.visible_from[group, device.user], device.places[group] + 1)
                    assert device.told[group] == set(range(first, self.seqs[group] + 1))

    # --- the model ---

    def _connect(self, device: Device, step: int | None) -> Phone:
        mine = [group for group, members in self.groups.items() if device.user in members]
        for group in mine:
            if device.told.get(group):
                device.places[group] = max(device.told[group])
            device.told[group] = set()
        now = self.town.clock.now()
        shown = {id: revision for id, revision in device.holds.items() if now < self._gone_at(id)}
        device.holds = dict(shown)
        device.due = set(shown)
        if self._is_live(device):  # the old position counts for the time it was live; once it is gone, nobody knows it
            device.due |= device.passed_by
        device.passed_by = set()
        if step is not None:
            device.at, device.at_since = north(HERE, step), now
        device.phone = self.town.phone(
            device.user,
            None if step is None else device.at,
            device=device.name,
            rooms={group: device.places[group] for group in mine},
            holds=[{"alert": id, "revision": revision} for id, revision in shown.items()],
        )
        for raised in self.raised.values():
            if self._active(raised) and raised.author == device.user:
                device.due.add(raised.id)
        self._who_is_near()
        self._who_is_entitled_as_member()
        return device.phone

    def _take_in(self, device: Device) -> None:
        """Read what has come to a device, refusing any repeat on the way."""
        if device.phone is None:
            return
        for frame in device.phone.new("alert", "update", "message", "unconfirmed"):
            if frame["type"] == "unconfirmed":  # shown for longer than the server knows of it
                for id in frame["alerts"]:
                    assert not self._active(self.raised[id])
                    del device.holds[id]
                    device.due.discard(id)
            elif frame["type"] != "message":
                id = frame["alert"]
                assert frame["revision"] > device.holds.get(id, 0), "the same revision twice"
                device.holds[id] = frame["revision"]
                if frame.get("late"):
                    device.due.add(id)  # an ended one, replayed at its seq or for an old position
                    assert not self._active(self.raised[id])
                    assert not frame["signal"]
            for group, seq in frame.get("rooms", {}).items():
                if frame["type"] in ("message", "alert"):
                    assert seq not in device.told[group], "the same seq twice"
                    device.told[group].add(seq)

    def _of(self, user: str) -> list[Device]:
        return [device for device in self.devices.values() if device.user == user]

    def _phone_of(self, user: str) -> Phone | None:
        return next((device.phone for device in self._of(user) if device.phone is not None), None)

    def _active(self, raised: Raised) -> bool:
        return not raised.ended and self.town.clock.now() < raised.expires_at

    def _gone_at(self, id: str) -> float:
        return self.raised[id].expires_at + 80_000.0

    def _who_is_near(self) -> None:
        """Whoever has a live position within the radius of something active is due to have it, connected or not."""
        for device in self.devices.values():
            if not self._is_live(device):
                continue
            assert device.at is not None
            for raised in self.raised.values():
                radius_m = {"red": 500, "yellow": 300}.get(raised.level)
                if radius_m is None or not raised.public or not self._active(raised):
                    continue
                record = self.town.hubs["real"].alerts.record(raised.id)
                assert record is not None
                centre = (record.alert.public_lat, record.alert.public_lon)
                assert great_circle_m(raised.lat, raised.lon, *centre) <= CELL_M + 0.1
                if great_circle_m(*device.at, *centre) <= radius_m + CELL_M:
                    (device.passed_by if device.phone is None else device.due).add(raised.id)

    def _is_live(self, device: Device) -> bool:
        return device.at is not None and self.town.clock.now() < device.at_since + 3_600

    def _who_is_entitled_as_member(self) -> None:
        for device in self.devices.values():
            for raised in self.raised.values():
                is_member = raised.group is not None and device.user in self.groups[raised.group]
                if device.phone is not None and is_member and self._active(raised):
                    device.due.add(raised.id)


def test_everybody_gets_exactly_what_concerns_them_once() -> None:
    run_state_machine_as_test(Neighbourhood, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
