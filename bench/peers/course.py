"""The run: every server up at once, each with its recipients, and round after round in which each has its turn."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.inside import cores
from bench.peers.account import Account, Taken
from bench.peers.install import Place
from bench.peers.process import Process, ProcessFailed, free_port
from bench.peers.recipients import Recipients, RecipientsFailed
from bench.peers.roster import Peer

WARM_UP: Final = 3
_REST_S: Final = 0.25  # before memory is read: what the last handshakes left is swept
_BATCH: Final = 500

Step = Callable[[str, int], None]
"""Told what is being done, and how many steps of it are."""


@dataclass(frozen=True, slots=True)
class Runner:
    account: Account
    process: Process
    recipients: Recipients


def steps(peers: int, rounds: int) -> int:
    """How many there are to come, for a progress bar: one for each peer that has connected, one for each turn."""
    return peers * (1 + rounds + WARM_UP)


def run(
    peers: Sequence[Peer], place: Place, scratch: Path, recipients: int, rounds: int, step: Step
) -> dict[str, Account]:
    """The account of each, by name; of one that failed, why. Servers keep what they must in `scratch`."""
    accounts = {peer.name: Account(peer.name, recipients) for peer in peers}
    server_core, clients_core = cores()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, clients_core)
    try:
        with ExitStack() as stack:
            runners = []
            for peer in peers:
                account = accounts[peer.name]
                try:
                    runners.append(_started(stack, peer, account, place, scratch, server_core, clients_core))
                except (ProcessFailed, RecipientsFailed) as error:
                    account.failed = str(error)
                step(peer.title, 1)
            _rounds(runners, rounds, {peer.name: peer.title for peer in peers}, step)
    finally:
        os.sched_setaffinity(0, before)
    return accounts


def _started(
    stack: ExitStack,
    peer: Peer,
    account: Account,
    place: Place,
    scratch: Path,
    server_core: set[int],
    clients_core: set[int],
) -> Runner:
    """A server with everybody connected, and what they cost it in memory."""
    if (why := peer.lacks(place)) is not None:
        raise ProcessFailed(why)
    with ExitStack() as mine:
        made = tempfile.TemporaryDirectory(prefix=f"peer-{peer.name}-", dir=scratch.absolute())
        folder = Path(mine.enter_context(made))
        folder.chmod(0o777)  # nginx's worker is somebody else, if it can be
        port = free_port()
        command = peer.command(place, port, folder)
        process = mine.enter_context(Process(command.argv, command.env, port, folder / "log", server_core))
        clients = mine.enter_context(Recipients(peer.dialect, port, clients_core))
        clients.prepare(account.recipients)
        # The first tenth warm the server up: code that is imported late, pools and arenas that are made once.
        first = max(1, account.recipients // 10)
        _connect(clients, first)
        resident = _resident(process)
        _connect(clients, account.recipients - first)
        account.memory_kib = (_resident(process) - resident) / max(1, account.recipients - first)
        clients.connect(1)  # the publisher
        stack.push(mine.pop_all())
    return Runner(account, process, clients)


def _connect(clients: Recipients, count: int) -> None:
    for at in range(0, count, _BATCH):
        clients.connect(min(_BATCH, count - at))


def _resident(process: Process) -> int:
    time.sleep(_REST_S)
    return process.rss_kib()


def _rounds(runners: list[Runner], rounds: int, titles: dict[str, str], step: Step) -> None:
    """Each has its turn in every round, in another order each time: nobody always runs after the same neighbour."""
    rng = random.Random(len(runners))
    for number in range(1, rounds + WARM_UP + 1):
        for runner in rng.sample(runners, len(runners)):
            account = runner.account
            if account.failed is None:
                try:
                    before = runner.process.cpu_ns()
                    it = runner.recipients.round(number)
                    taken = Taken(runner.process.cpu_ns() - before, it)
                    if number > WARM_UP or it.missing or it.extra or it.wrong:
                        account.add(number, taken)
                except (ProcessFailed, RecipientsFailed) as error:
                    account.failed = str(error)
            step(titles[account.name], 1)
