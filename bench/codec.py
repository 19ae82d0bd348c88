"""What it costs to take a message off the wire and to put one on it, beside decoders that check nothing.

    python -m bench.codec --rounds 60

The messages that there are most of, in both encodings. Each way takes its turn in every round, over the same bytes; a
ratio is the median of the rounds' own. Every way's answer is compared first.

    ours       the codec as the server calls it: to a type, with every bound checked, and from one
    msgspec    the floor: the library alone, to a dict, checking nothing, and from a dict
    foreign    Python's `json`; `msgpack` for MessagePack
"""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import thread_time_ns
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]
import msgspec

from bench import machine
from bench.inside import ratio
from realtime.codec import CODECS
from realtime.messages import AlertNews, ClientMessage, Encoding, ServerMessage

MUST_HOLD: Final = 2.0
WAYS: Final = ("ours", "msgspec", "foreign")
_CALLS: Final = 300
_WARM_UP: Final = 2
_TOKEN: Final = ".".join(("eyJhbGciOiJFZERTQSIsImtpZCI6IjFmIn0", "e30" * 80, "Zm9v" * 22))  # of a real one's length

SAID: Final[dict[str, dict[str, Any]]] = {
    "position": {"type": "position", "lat": 59.325117, "lon": 18.071093, "accuracy_m": 12.0},
    "alert": {
        "type": "alert",
        "id": "8c1f3d5e7a9b4c6d8e0f1a2b3c4d5e6f",
        "level": "red",
        "kind": "warn",
        "lat": 59.325117,
        "lon": 18.071093,
        "public": True,
        "groups": ["shops"],
        "category": "theft",
        "headline": "Three people are testing doors, walking north",
    },
    "hello": {
        "type": "hello",
        "id": "h",
        "token": _TOKEN,
        "device": "d1",
        "epoch": "0123456789abcdef",
        "rooms": {"me": 12, "shops": 340, "street": 77},
        "position": {"lat": 59.325117, "lon": 18.071093, "accuracy_m": 12.0},
    },
}
TOLD: Final[dict[str, Any]] = {
    "type": "alert",
    "alert": "f2aa3d5e7a9b4c6d8e0f1a2b3c4d5e6f",
    "revision": 1,
    "level": "red",
    "level_number": 3,
    "kind": "warn",
    "lat": 59.3251,
    "lon": 18.0711,
    "state": "going_on",
    "author": {"role": "member", "pseudonym": "heron"},
    "sent_at": 1_790_000_000.0,
    "received_at": 1_790_000_000.125,
    "expires_at": 1_790_001_800.0,
    "why": ["near", "group:shops"],
    "signal": True,
    "cell_m": 100.0,
    "category": "theft",
    "headline": "Three people are testing doors, walking north",
    "rooms": {"shops": 341},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is done to one message, by each of the ways."""

    name: str
    encoding: Encoding
    size: int
    ways: dict[str, Callable[[], Any]]


@dataclass(slots=True)
class Figures:
    """Microseconds for each call, by way and round."""

    case: Case
    us: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})

    def ratio(self, to: str) -> float:
        return ratio(self.us["ours"], self.us[to])


def cases() -> Iterator[Case]:
    """Raises SystemExit if two ways do not mean the same."""
    for encoding in ("json", "msgpack"):
        for name, plain in SAID.items():
            payload = _plain(encoding)[1](plain)
            message = CODECS[encoding].decode_client(payload)
            yield _checked(_decoding(f"decode {name}", encoding, payload, CODECS[encoding].decode_client))
            yield _checked(_encoding(f"encode {name}", encoding, message))
        news = msgspec.convert(TOLD, AlertNews)
        payload = CODECS[encoding].encode(news)
        yield _checked(_encoding("encode alert out", encoding, news))
        yield _checked(_decoding("decode alert out", encoding, payload, CODECS[encoding].decode_server))


def _plain(encoding: Encoding) -> tuple[Callable[[bytes], Any], Callable[[Any], bytes]]:
    """The floor's decoder and encoder: reused, as the server reuses its own."""
    if encoding == "json":
        return msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    return msgspec.msgpack.Decoder().decode, msgspec.msgpack.Encoder().encode


def _decoding(name: str, encoding: Encoding, payload: bytes, ours: Callable[[bytes], Any]) -> Case:
    floor = _plain(encoding)[0]
    foreign: Callable[[bytes], Any] = json.loads if encoding == "json" else msgpack.unpackb
    return Case(
        name,
        encoding,
        len(payload),
        {"ours": lambda: ours(payload), "msgspec": lambda: floor(payload), "foreign": lambda: foreign(payload)},
    )


def _encoding(name: str, encoding: Encoding, message: ServerMessage | ClientMessage) -> Case:
    ours, floor = CODECS[encoding].encode, _plain(encoding)[1]
    plain = _plain(encoding)[0](ours(message))
    dumps: Callable[[Any], bytes] = _json_bytes if encoding == "json" else msgpack.packb
    return Case(
        name,
        encoding,
        len(ours(message)),
        {"ours": lambda: ours(message), "msgspec": lambda: floor(plain), "foreign": lambda: dumps(plain)},
    )


def _json_bytes(plain: Any) -> bytes:
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()


def _checked(case: Case) -> Case:
    ours, *others = (_meaning(case.encoding, case.ways[way]()) for way in WAYS)
    if any(other != ours for other in others):
        sys.exit(f"{case.name} in {case.encoding}: the ways do not agree")
    return case


def _meaning(encoding: Encoding, made: Any) -> Any:
    """What bytes say, or a type or a dict would."""
    payload = made if isinstance(made, bytes) else _plain(encoding)[1](made)
    return _plain(encoding)[0](payload)


def measure(rounds: int, calls: int = _CALLS) -> list[Figures]:
    figures = [Figures(case) for case in cases()]
    gc.collect()
    for turn in range(rounds + _WARM_UP):
        for found in figures:
            for way, call in found.case.ways.items():
                spent = _time(call, calls)
                if turn >= _WARM_UP:
                    found.us[way].append(spent)
    return figures


def _time(call: Callable[[], Any], calls: int) -> float:
    start = thread_time_ns()
    for _ in range(calls):
        call()
    return (thread_time_ns() - start) / 1_000 / calls


def table(figures: list[Figures]) -> Iterator[str]:
    yield f"{'':26}{'bytes':>6}{'ours':>8}{'msgspec':>9}{'':>8}{'foreign':>9}{'':>8}"
    for found in figures:
        ours, floor, foreign = (median(found.us[way]) for way in WAYS)
        case = found.case
        yield (
            f"{case.encoding:8}{case.name:18}{case.size:6}{ours:8.2f}{floor:9.2f}{found.ratio('msgspec'):7.2f}x"
            f"{foreign:9.2f}{found.ratio('foreign'):7.2f}x"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.codec", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    figures = measure(options.rounds)
    print(f"{options.rounds} rounds of {_CALLS} calls; µs of processor time for each, and ratios of ours to the others")
    print("\n".join(table(figures)))
    worst = max(found.ratio("msgspec") for found in figures)
    verdict = "met" if worst <= MUST_HOLD else "missed"
    print(f"the worst ratio to `msgspec` is {worst:.2f}, and must be at most {MUST_HOLD}: {verdict}\n{machine.line()}")
    sys.exit(worst > MUST_HOLD)


if __name__ == "__main__":
    main()
