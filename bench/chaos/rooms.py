"""Rooms: every event to every member, once, in order, as it was said, and to nobody else."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import NamedTuple

from bench.chaos.hearing import digest
from bench.chaos.records import NEVER, OWN, Answer, Connection, Device, Message, Records, Request, Stretch
from bench.chaos.stays import Stays
from bench.chaos.verdict import Kind, Verdict


class Event(NamedTuple):
    type: str
    id: str


class Rooms:
    """What stands at each seq of each room, from all that anybody was told of it."""

    def __init__(self, records: Records, stays: Stays, verdict: Verdict) -> None:
        self._records, self._stays, self._verdict = records, stays, verdict
        self._said: dict[str, Request] = {}  # by message
        self._texts: dict[str, dict[int, int]] = defaultdict(dict)  # by message, by revision: a digest
        self._latest: dict[str, int] = {}  # by message: the seq of its last revision
        self.events: dict[str, dict[int, Event]] = defaultdict(dict)
        self._last: dict[str, int] = defaultdict(int)
        self._places: dict[str, dict[str, int]] = {}  # of each room's messages, made when they are asked for
        # When each device first had each seq of each room.
        self._received: dict[int, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
        self._had: dict[int, set[str]] = defaultdict(set)  # alerts, by device
        self._from_answers()
        self._from_frames()
        self._stored = {room: self._messages_of(room) for room in self.events}

    def judge(self) -> None:
        for room, events in self.events.items():
            holes = set(range(1, self._last[room] + 1)) - events.keys()
            for seq in sorted(holes):
                self._verdict.fault("lost", f"room {room} has nothing at {seq}: nobody was ever told of it", room=room)
        for page in self._records.pages:
            texts = self._texts.get(page.id)
            if page.type == "message" and texts is not None and texts[max(texts)] != page.text:
                text = f"the history of room {page.room} has at {page.seq} what was withdrawn of message {page.id}"
                self._verdict.fault("wrong", text, room=page.room)
        for device in self._records.devices:
            self._judge_frames(device)
            self._judge_memberships(device)
            for stretch in device.stretches:
                self._judge_stretch(device, stretch)
                if stretch.room != OWN:
                    self._judge_proofs(device, stretch)

    # --- what is there ---

    def _from_answers(self) -> None:
        for request in self._records.requests:
            for answer in request.answers:
                if answer.error is not None or answer.made is None:
                    continue
                if request.type == "message":
                    self._said.setdefault(answer.made, request)
                    self._texts[answer.made][1] = digest(request.body["text"])
                    self._stand(answer.rooms, Event("message", answer.made))
                elif request.type == "revise":
                    self._revised(request, answer, answer.made)
                elif request.type in ("alert", "update"):
                    self._stand(answer.rooms, Event("alert", answer.made))
                    self._had[answer.device].add(answer.made)
                for room, seq in answer.rooms.items():
                    _first(self._received[answer.device][room], seq, answer.at)

    def _revised(self, request: Request, answer: Answer, message: str) -> None:
        self._texts[message][answer.revision] = digest(request.body.get("text"))
        self._stand(answer.rooms, Event("revision", message))
        self._latest[message] = max(self._latest.get(message, 0), *answer.rooms.values())

    def _from_frames(self) -> None:
        for device in self._records.devices:
            received = self._received[device.index]
            for message in device.messages:
                _first(received[message.room], message.seq, message.at)
            for copy in device.copies:
                self._stand(copy.rooms, Event("alert", copy.alert))
                self._had[device.index].add(copy.alert)
            for confirmed in device.confirmed:
                self._stand(confirmed.rooms, Event("alert", confirmed.alert))
            for connection in device.connections:
                for room, (seq, _) in connection.rooms.items():
                    if room != OWN:
                        self._last[room] = max(self._last[room], seq)
        for page in self._records.pages:
            self._stand({page.room: page.seq}, Event(page.type if page.revises is None else "revision", page.id))

    def _stand(self, seqs: dict[str, int], event: Event) -> None:
        for room, seq in seqs.items():
            known = self.events[room].setdefault(seq, event)
            self._last[room] = max(self._last[room], seq)
            if known != event:
                self._verdict.fault("wrong", f"{seq} of room {room} is both {known} and {event}", room=room)

    def _said_at(self, room: str, message: str) -> int:
        """The seq of the message itself."""
        if room not in self._places:
            events = self.events[room].items()
            self._places[room] = {event.id: seq for seq, event in events if event.type == "message"}
        return self._places[room].get(message, 0)

    def _messages_of(self, room: str) -> list[tuple[float, int]]:
        """When each message was known to be stored, in that order, and its seq."""
        stored = []
        for seq, event in self.events[room].items():
            request = self._said.get(event.id)
            answer = request.stored if request is not None and event.type == "message" else None
            if answer is not None and answer.rooms.get(room) == seq:
                stored.append((answer.at, seq))
        return sorted(stored)

    # --- who has it ---

    def _judge_frames(self, device: Device) -> None:
        """Each message as it was said, rising in its room, not again, and only to members."""
        theirs = _Theirs(device)
        reached: dict[tuple[int, str], int] = {}
        for message in device.messages:
            key = message.connection, message.room
            connection = device.connections[message.connection]
            last = reached.get(key, 0)
            about = f"message {message.id} at {message.seq} of room {message.room}"
            if message.seq == last or message.seq <= connection.places.get(message.room, 0):
                self._fault("duplicate", f"{about}, which it has", device, message.room, message.at)
            elif message.seq < last:
                self._fault("disordered", f"{about} after {last}", device, message.room, message.at)
            reached[key] = max(last, message.seq)
            if not theirs.at(message):
                self._fault("wrong", f"{about}, which is not theirs to see", device, message.room, message.at)
            if not self._is_as_said(message):
                self._fault("wrong", f"{about}: not what was said there", device, message.room, message.at)

    def _is_as_said(self, message: Message) -> bool:
        """A revision points at its message; a message that is replayed is as it was at some revision."""
        said, events = self._said.get(message.id), self.events[message.room]
        stands_at = message.seq if message.revises is None else message.revises
        type = "message" if message.revises is None else "revision"
        return (
            said is not None
            and said.body["group"] == message.room
            and events.get(message.seq) == Event(type, message.id)
            and events.get(stands_at) == Event("message", message.id)
            and self._texts[message.id].get(message.revision) == message.text
        )

    def _judge_memberships(self, device: Device) -> None:
        """The person's own room: what they did, and nothing else."""
        acts = self._stays.acts.get(device.user, [])
        seen: dict[int, int] = {}
        for heard in device.memberships:
            act = acts[heard.seq - 1] if heard.seq <= len(acts) else None
            if act is None or (act.group, act.is_member) != (heard.group, heard.is_member):
                self._fault("wrong", f"{heard.seq} of their own room is not what they did", device, OWN)
            elif heard.is_member:
                self._judge_from(device, heard.group, heard.from_seq, act.request)
            if heard.seq <= seen.get(heard.connection, 0):
                kind: Kind = "duplicate" if heard.seq == seen[heard.connection] else "disordered"
                self._fault(kind, f"{heard.seq} of their own room", device, OWN)
            seen[heard.connection] = max(heard.seq, seen.get(heard.connection, 0))
            _first(self._received[device.index][OWN], heard.seq, heard.at)

    def _judge_from(self, device: Device, group: str, from_seq: int, join: Request) -> None:
        """A membership begins behind all that was stored before it was asked for, and before what was said after it."""
        if join.type == "create_group":
            if from_seq != 1:
                self._fault("wrong", f"the maker of {group} sees it from {from_seq}", device, group)
            return
        events, stored = self.events[group], join.stored
        assert stored is not None
        for seq, which in ((from_seq, "early"), (from_seq - 1, "late")):
            event = events.get(seq)
            request = self._said.get(event.id) if event is not None and event.type == "message" else None
            answer = request.stored if request is not None else None
            if request is None or answer is None:
                continue
            is_old, is_new = answer.at < join.first_sent, request.first_sent > stored.at
            if (is_old and which == "early") or (is_new and which == "late"):
                self._fault("wrong", f"their membership begins at {from_seq}: too {which}", device, group)

    def _judge_stretch(self, device: Device, stretch: Stretch) -> None:
        """From its first place on a device has everything: to the end of the room, or to the last that came."""
        room, received = stretch.room, self._received[device.index][stretch.room]
        own = room == OWN
        if own:
            last = len(self._stays.acts.get(device.user, []))
        elif stretch.ended == NEVER and self._stays.is_member(room, device.user):
            last = self._last[room]
        else:
            came = (m.seq for m in device.messages if m.room == room and stretch.began <= m.at <= stretch.ended)
            last = max(came, default=0)
        began = _began(device, room)
        for seq in range(stretch.after + 1, last + 1):
            event = self.events[room].get(seq) if not own else Event("membership", "")
            if event is None:
                continue
            if event.type == "revision" and seq < self._latest[event.id]:
                continue  # superseded: whoever comes back gets the last one alone
            if event.type == "revision" and self._said_at(room, event.id) < began[bisect_right(began, seq) - 1]:
                continue  # of what was said before they came: the room goes on without it
            self._verdict.figures["events that members had to get"] += 1
            if seq not in received and not (event.type == "alert" and event.id in self._had[device.index]):
                self._fault("lost", f"{event.type} {event.id} at {seq} of room {room}", device, room)

    def _judge_proofs(self, device: Device, stretch: Stretch) -> None:
        """What was stored before a connection was proven to have all came by it, and not only after the next hello."""
        stored, received = self._stored.get(stretch.room, []), self._received[device.index][stretch.room]
        left = self._stays.leaving_after(stretch.room, device.user, stretch.began)
        begin = 0
        for connection in device.connections[stretch.connection :]:
            if connection.proven >= min(left, stretch.ended):
                return  # whoever leaves, leaves what has not come yet
            if connection.proven <= stretch.began:
                continue
            end = bisect_left(stored, (connection.proven, 0), begin)
            for at, seq in stored[begin:end]:
                came = received.get(seq, NEVER)
                if came == stretch.ended == NEVER:
                    continue  # it never came: that is found anyway
                if seq > stretch.after and came > connection.lost:
                    text = f"message at {seq} of room {stretch.room} did not come by the connection that it was due on"
                    self._fault("lost", text, device, stretch.room, at)
            begin = end

    def _fault(self, kind: Kind, text: str, device: Device, room: str, at: float | None = None) -> None:
        self._verdict.fault(kind, f"device {device.index}: {text}", device=device.index, room=room, at=at)


def _began(device: Device, room: str) -> list[int]:
    """The first seq of the room that was theirs in each of their stays, as they were told; in rising order."""
    told = {connection.rooms[room][1] for connection in device.connections if room in connection.rooms}
    joined = {heard.from_seq for heard in device.memberships if heard.group == room and heard.is_member}
    return sorted({1} | told | joined)


def _first(times: dict[int, float], seq: int, at: float) -> None:
    times[seq] = min(at, times.get(seq, NEVER))


class _Theirs:
    """What a device may be sent, by what its connections were told: `welcome`, and memberships that changed since."""

    def __init__(self, device: Device) -> None:
        self._connections = device.connections
        self._changes = defaultdict(list)
        for heard in device.memberships:
            latest, _ = device.connections[heard.connection].rooms.get(OWN, (0, 1))
            if heard.seq > latest:  # the others are the past, replayed
                self._changes[heard.connection, heard.group].append(heard)

    def at(self, message: Message) -> bool:
        connection: Connection = self._connections[message.connection]
        from_seq = connection.rooms[message.room][1] if message.room in connection.rooms else None
        for change in self._changes.get((message.connection, message.room), ()):
            if change.at <= message.at:
                from_seq = change.from_seq if change.is_member else None
        return from_seq is not None and message.seq >= from_seq
