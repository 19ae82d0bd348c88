"""The course of a storm: everybody gathers, is away, comes back; a server that goes meanwhile comes back, too."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic_ns
from typing import Final, NamedTuple

from rich.progress import Progress, TaskID

from bench.conductor import Conductor
from bench.records import Records, merged
from bench.server import Server
from bench.storm_plan import SAID_BEFORE, Storm
from bench.storm_records import CrowdRecords, Posted
from bench.storm_swarm import How
from bench.vitals import Neighbours, Vitals

SECOND_NS: Final = 1_000_000_000
LEAD_NS: Final = SECOND_NS // 2  # from the word to the start: all processes must have heard it


class Load(NamedTuple):
    """What the server cost from the beginning of the storm until all were back, seen from outside."""

    cpu_s: float
    elapsed_s: float
    rss_before_kib: int  # everybody connected, before the cut
    rss_after_kib: int  # everybody back
    rss_highest_kib: int
    worst_lag_s: float | None  # as it says itself
    slowest_answer_s: float  # of /health
    others: float  # the share of its core that somebody else used
    down_s: float | None  # from the end of the old server to the ready line of the new one


class Outcome(NamedTuple):
    posted: list[Posted]
    rooms: dict[int, str]  # by the number of the group
    crowds: list[CrowdRecords]
    stayers: Records
    load: Load


class Course:
    """One storm, led through its phases once."""

    def __init__(
        self,
        storm: Storm,
        how: How,
        server: Server,
        cores: set[int],
        successor: Callable[[], Server],
        crowd: Conductor,
        stayers: Conductor,
        bars: Progress,
    ) -> None:
        """`cores` are the server's; `successor` makes the one that takes over, where `how` is not `cut`."""
        self._storm, self._how, self._server, self._cores, self._successor = storm, how, server, cores, successor
        self._crowd, self._stayers, self._bars = crowd, stayers, bars
        self._tasks: dict[str, TaskID] = {}
        self._servers = ExitStack()

    def run(self, away_s: float, calm_s: float) -> Outcome:
        """`calm_s`: so long before the storm the reds begin, if the server does not go."""
        with self._servers:
            groups = self._gather()
            if self._how == "cut":
                self._stayers.lead(None)
                self._stayers.until("connected", self._progress)
            rss_before_kib = self._server.rss_kib()
            posted = self._absence(away_s, calm_s)
            load = self._storm_passes(rss_before_kib)
            crowds = self._crowd.until("records", self._progress)
            stayers = merged(self._stayers.until("records", self._progress))
        rooms = {number: id for number, (id, _) in groups.items()}
        return Outcome([one for part in posted for one in part], rooms, crowds, stayers, load)

    # --- phases ------------------------------------------------------------------------------------------------------

    def _gather(self) -> dict[int, tuple[str, str | None]]:
        """Everybody connected, in their groups, and level."""
        plan, crowd = self._storm.crowd, self._crowd
        self._stage("connect", plan.clients)
        crowd.until("connected", self._progress)
        self._stage("groups", len(plan.groups))
        crowd.lead(None)
        groups = {number: group for part in crowd.until("created", self._progress) for number, group in part.items()}
        self._stage("join", sum(len(group.members) - 1 for group in plan.groups))
        crowd.lead(groups)
        crowd.until("joined", self._progress)
        self._stage("settle", len(plan.groups) * SAID_BEFORE)
        crowd.lead(None)
        crowd.until("settled", self._progress)
        return groups

    def _absence(self, away_s: float, calm_s: float) -> list[list[Posted]]:
        """The cut, and what is said until the storm begins, which is in LEAD_NS when this returns."""
        self._stage("post", len(self._storm.posts))
        start_ns = monotonic_ns() + LEAD_NS
        end_ns = start_ns + int(away_s * SECOND_NS)
        self._crowd.lead(start_ns)
        if self._how == "cut":
            self._stayers.lead(end_ns - int(calm_s * SECOND_NS))
        posted = self._crowd.until("posted", self._progress)
        time.sleep(max(0.0, (end_ns - LEAD_NS - monotonic_ns()) / SECOND_NS))
        return posted

    def _storm_passes(self, rss_before_kib: int) -> Load:
        self._stage("return", self._storm.clients)
        start_ns = monotonic_ns() + LEAD_NS
        self._crowd.lead(start_ns)
        down_s, cpu_s = None, 0.0
        if self._how == "cut":
            cpu_s = self._server.cpu_s()
        else:
            time.sleep(max(0.0, (start_ns - monotonic_ns()) / SECOND_NS))
            down_s = self._change_servers()
        neighbours = Neighbours(self._server, self._cores)
        with Vitals(self._server) as vitals:
            if self._how != "cut":
                self._stayers.until("connected", self._progress)
                self._stayers.lead(monotonic_ns() + LEAD_NS)
            self._crowd.until("returned", self._progress)
            return Load(
                cpu_s=self._server.cpu_s() - cpu_s,
                elapsed_s=(monotonic_ns() - start_ns) / SECOND_NS,
                rss_before_kib=rss_before_kib,
                rss_after_kib=self._server.rss_kib(),
                rss_highest_kib=vitals.highest_rss_kib,
                worst_lag_s=vitals.worst_lag_s,
                slowest_answer_s=vitals.slowest_answer_s,
                others=neighbours.share(),
                down_s=down_s,
            )

    def _change_servers(self) -> float:
        if self._how == "kill":
            self._server.kill()
        else:
            self._server.stop()
        ended = time.monotonic()
        self._stayers.lead(None)
        self._server = self._servers.enter_context(self._successor())
        return time.monotonic() - ended

    # --- progress ----------------------------------------------------------------------------------------------------

    def _stage(self, name: str, total: int) -> None:
        self._tasks[name] = self._bars.add_task(name, total=total)

    def _progress(self, name: str, count: int) -> None:
        if name in self._tasks:
            self._bars.advance(self._tasks[name], count)
