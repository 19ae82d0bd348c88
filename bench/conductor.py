"""The swarm processes seen from outside: started together, led from phase to phase, ended together."""

import multiprocessing
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, TypeVar


class SwarmFailed(Exception):
    """A swarm process could not do its part; the message says why."""


T = TypeVar("T")


class Conductor:
    """Some swarm processes, each with its share of the clients."""

    def __init__(self, main: Callable[[T, Connection, set[int]], None], shards: Iterable[T], cores: set[int]) -> None:
        """`main` is the whole life of a process: it gets its shard, its end of the pipe and the cores to run on."""
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for shard in shards:
            pipe, theirs = context.Pipe()
            process = context.Process(target=main, args=(shard, theirs, cores), daemon=True)
            process.start()
            theirs.close()  # so that its end is noticed
            self._pipes.append(pipe)
            self._processes.append(process)

    def __enter__(self) -> "Conductor":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(0.0 if error else 5.0)
            if process.is_alive():
                process.terminate()
                process.join(5.0)
            if process.is_alive():
                process.kill()

    def lead(self, word: Any) -> None:
        """Start the next phase in all of them."""
        for pipe in self._pipes:
            pipe.send(word)

    def until(
        self, phase: str, progress: Callable[[str, int], None], meanwhile: Callable[[], None] = lambda: None
    ) -> list[Any]:
        """What each says at the end of a phase. Raises SwarmFailed."""
        waiting, said = list(self._pipes), []
        while waiting:
            for pipe in wait(waiting, 0.1):
                assert isinstance(pipe, Connection)
                kind, *what = self._heard(pipe)
                if kind == "progress":
                    progress(*what)
                elif kind == phase:
                    said.append(what[0])
                    waiting.remove(pipe)
                else:
                    raise SwarmFailed(str(what[0]))
            meanwhile()
        return said

    @staticmethod
    def _heard(pipe: Connection) -> Any:
        try:
            return pipe.recv()
        except (EOFError, ConnectionError):
            raise SwarmFailed("a swarm process died") from None
