"""The timed part of a run: reports and alerts leave when the plan says so, whatever the server does (open loop).

During it nothing that came is decoded but what members hear while their own alert is unanswered: updates need its id.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from time import monotonic_ns
from typing import Any, Final

import numpy as np

from bench.harvest import COUNTED, Reported, position_id
from bench.member import Inbox, Lost, Member, Told, told
from bench.plan import Plan
from bench.records import NEVER, Act, Generator, Post

SECOND_NS: Final = 1_000_000_000
TICK_S: Final = 0.010
TICKS_TOLD: Final = 25
PUMP_S: Final = 0.005  # how often position reports that are due go out
SPIN_NS: Final = 1_500_000  # uvloop's timers count whole milliseconds; the rest of the way to an alert is spun
QUIET_S: Final = 1.5
SAID: Final = "They went towards the square. Two of them wear dark jackets, the third has a red rucksack."
SETTLE_S: Final = 20.0  # at most so long after the last alert, however much still comes


class Run:
    """One swarm's share of a plan, played once. `acts`, `posts` and `generator` are whole when `play` returns."""

    def __init__(
        self,
        plan: Plan,
        members: dict[int, Member],
        groups: dict[int, str],
        run: str,
        inbox: Inbox,
        reported: list[Reported],
    ) -> None:
        self._plan, self._members, self._groups = plan, members, groups
        self._run, self._inbox, self._reported = run, inbox, reported
        self._acts: dict[tuple[int, int], Act] = {}
        self.posts: list[Post] = []
        self.generator = Generator(cpu=0.0, lag_ns=np.zeros(0, np.int64), late_ns=np.zeros(0, np.int64))

    @property
    def acts(self) -> list[Act]:
        return list(self._acts.values())

    async def play(self, start_ns: int, tell: Callable[[], None]) -> None:
        """Walk and raise alerts from `start_ns` on, until the last of it has had time to arrive."""
        self._schedule(start_ns)
        gc.collect()
        gc.freeze()
        gc.disable()  # no pause of ours may look like one of the server's
        lags: list[int] = []
        cpu_s, began_ns = time.process_time(), monotonic_ns()
        tasks = [asyncio.create_task(self._watch_loop(lags, tell)), asyncio.create_task(self._walk(start_ns))]
        self._excuse(start_ns)
        try:
            await asyncio.sleep(max(0.0, (start_ns - monotonic_ns()) / SECOND_NS + self._plan.seconds))
            self.generator.cpu = (time.process_time() - cpu_s) / ((monotonic_ns() - began_ns) / SECOND_NS)
            self.generator.lag_ns = np.array(lags, np.int64)
            await self._settle()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            gc.enable()
            gc.unfreeze()
        for error in ended:
            if isinstance(error, Exception):
                raise error
        sent = [act for act in self.acts if act.step == 0 and act.sent_ns < NEVER]
        self.generator.late_ns = np.array([act.sent_ns - act.due_ns for act in sent], np.int64)

    # --- alerts ------------------------------------------------------------------------------------------------------

    def _schedule(self, start_ns: int) -> None:
        loop = asyncio.get_running_loop()
        for number, alert in enumerate(self._plan.alerts):
            if alert.author not in self._members:
                continue
            for step, due_s in enumerate((alert.due_s, *(one.due_s for one in alert.steps))):
                act = Act(alert=number, step=step, due_ns=start_ns + int(due_s * SECOND_NS))
                self._acts[number, step] = act
                loop.call_later(_ahead_s(act.due_ns), self._when_due, loop, act)
        for number, said in enumerate(self._plan.said):
            if said.author in self._members:
                post = Post(number=number, due_ns=start_ns + int(said.due_s * SECOND_NS))
                self.posts.append(post)
                loop.call_later(_ahead_s(post.due_ns), self._when_post_due, loop, post)

    def _when_due(self, loop: asyncio.AbstractEventLoop, act: Act) -> None:
        if monotonic_ns() < act.due_ns:
            loop.call_soon(self._when_due, loop, act)  # by way of the loop, so that frames are still read meanwhile
        elif act.step == 0:
            self._send(act, self._alert_message(act))
        elif (raised := self._acts[act.alert, 0]).alert_id is not None:
            self._send(act, self._update_message(act, raised.alert_id))
        elif raised.error is None:
            loop.call_later(0.001, self._when_due, loop, act)  # its alert has no answer yet, so no name
        else:
            act.error = "its alert was refused"

    def _send(self, act: Act, message: dict[str, Any]) -> None:
        def answered(answer: Told, received_ns: int) -> None:
            if answer.type == "error":
                act.error = answer.code or "?"
            act.answered_ns = received_ns or monotonic_ns()
            act.alert_id, act.revision, act.durable = answer.alert, answer.revision, answer.durable

        try:
            act.sent_ns = self._members[self._plan.alerts[act.alert].author].say(message, answered)
        except Lost as error:
            act.error = str(error)

    def _when_post_due(self, loop: asyncio.AbstractEventLoop, post: Post) -> None:
        def answered(answer: Told, received_ns: int) -> None:
            if answer.type == "error":
                post.error = answer.code or "?"
            post.answered_ns, post.message_id = received_ns or monotonic_ns(), answer.message

        if monotonic_ns() < post.due_ns:
            loop.call_soon(self._when_post_due, loop, post)
            return
        said = self._plan.said[post.number]
        id, group = f"{self._run}-m{post.number}", self._groups[said.group]
        message = {"type": "message", "id": id, "group": group, "text": f"{post.number}: {SAID}"}
        try:
            post.sent_ns = self._members[said.author].say(message, answered)
        except Lost as error:
            post.error = str(error)

    def _alert_message(self, act: Act) -> dict[str, Any]:
        alert = self._plan.alerts[act.alert]
        message = {
            "type": "alert",
            "id": f"{self._run}-a{act.alert}",
            "level": alert.level,
            "kind": alert.kind,
            "lat": alert.lat,
            "lon": alert.lon,
            "public": alert.public,
            "groups": [self._groups[number] for number in alert.groups],
            "headline": alert.headline,
        }
        return message if alert.radius_m is None else message | {"radius_m": alert.radius_m}

    def _update_message(self, act: Act, alert_id: str) -> dict[str, Any]:
        step = self._plan.alerts[act.alert].steps[act.step - 1]
        said = {"text": step.text, "state": step.state, "wrong": step.wrong}
        return {
            "type": "update",
            "id": f"{self._run}-u{act.alert}-{act.step}",
            "alert": alert_id,
            **{name: value for name, value in said.items() if value is not None},
        }

    # --- people ------------------------------------------------------------------------------------------------------

    def _excuse(self, start_ns: int) -> None:
        """Some read nothing from now on, and one goes half way."""
        for client in self._plan.deaf & self._members.keys():
            self._members[client].turn_deaf()
        if (leaving := self._members.get(-1 if self._plan.leaves is None else self._plan.leaves)) is not None:
            in_s = max(0.0, (start_ns - monotonic_ns()) / SECOND_NS) + self._plan.seconds / 2
            asyncio.get_running_loop().call_later(in_s, leaving.leave)

    async def _walk(self, start_ns: int) -> None:
        """Send each position report of ours when it is due, to some milliseconds."""
        moves, done = self._plan.moves, 0
        due_ns = start_ns + (moves.at_s * SECOND_NS).astype(np.int64)
        while done < len(due_ns):
            now_due = int(np.searchsorted(due_ns, monotonic_ns(), side="right"))
            for row in range(done, now_due):
                member = self._members.get(int(moves.client[row]))
                if member is not None and member.closed is None and not member.deaf:
                    self._report(member, float(moves.lat[row]), float(moves.lon[row]))
            done = now_due
            await asyncio.sleep(PUMP_S)

    def _report(self, member: Member, lat: float, lon: float) -> None:
        accuracy_m = float(self._plan.accuracy_m[member.index])
        id = position_id(len(self._reported))
        self._reported.append(Reported(member.index, lat, lon, accuracy_m, monotonic_ns()))
        member.say({"type": "position", "id": id, "lat": lat, "lon": lon, "accuracy_m": accuracy_m})

    # --- the generator itself ----------------------------------------------------------------------------------------

    async def _watch_loop(self, lags: list[int], tell: Callable[[], None]) -> None:
        """How late the loop wakes up, every 10 ms; and let it be told now and then how far it is."""
        ticks = 0
        while True:
            before_ns = monotonic_ns()
            await asyncio.sleep(TICK_S)
            lags.append(max(0, monotonic_ns() - before_ns - int(TICK_S * SECOND_NS)))
            ticks += 1
            if ticks % TICKS_TOLD == 0:
                tell()

    async def _settle(self) -> None:
        """Until all is answered and nothing that counts has come for a while: what is on its way is not lost."""
        deadline_ns = monotonic_ns() + int(SETTLE_S * SECOND_NS)
        while monotonic_ns() < deadline_ns:
            before = len(self._inbox)
            await asyncio.sleep(QUIET_S)
            fresh = any(told(payload).type in COUNTED for _, _, payload in self._inbox[before:])
            asked: list[Act | Post] = [*self.acts, *self.posts]
            waiting = any(one.answered_ns == NEVER and one.error is None for one in asked)
            if not fresh and not waiting:
                return


def _ahead_s(due_ns: int) -> float:
    """How long until the last bit of the way to it, which is spun."""
    return max(0.0, (due_ns - SPIN_NS - monotonic_ns()) / SECOND_NS)
