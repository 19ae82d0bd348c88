"""Every target that the server is built for, as a row: what was found of it, in which run, and what follows.

A row is made from the files that the benches leave. What a file does not tell is not in this run; what a run tells
that was not valid, or had too few connected, is not proven.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from bench.promises import State

Results: TypeAlias = Mapping[str, dict[str, Any]]
"""By part of the run: what it left."""

WORKERS: Final = "needs several workers, which the server does not have yet: a process holds 19,000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure against its bound; `value` None: it is not in this run."""

    name: str
    value: float | None
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    @property
    def shown(self) -> str:
        """The value alone: as many digits as can be told apart."""
        if self.value is None:
            return "not in this run"
        decimals = 3 if self.unit == "×" else 0 if self.value >= 100 or not self.value else 1 if self.value >= 10 else 2
        return f"{self.value:,.{decimals}f} {self.unit}".strip()

    @property
    def found(self) -> str:
        return f"{self.name} {self.shown}".strip()

    @property
    def allowed(self) -> str:
        return f"{self.name} {'≥' if self.at_least else '≤'} {self.bound:,g} {self.unit}".strip()

    @property
    def of_bound(self) -> float | None:
        """As a share of its bound: above 1 it is missed."""
        if self.value is None or not (self.value and self.bound):
            return None
        return self.bound / self.value if self.at_least else self.value / self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One target. `why`: for what reason it is not proven, whatever the figures are, or not in this run."""

    name: str
    text: str
    command: str
    figures: tuple[Figure, ...] = ()
    why: str = ""
    note: str = ""

    @property
    def state(self) -> State:
        known = [figure for figure in self.figures if figure.value is not None]
        if not known:
            return "elsewhere"
        if self.why:
            return "unproven"
        if not all(figure.kept for figure in known):
            return "missed"
        return "met" if len(known) == len(self.figures) else "unproven"

    @property
    def found(self) -> str:
        if self.state == "elsewhere":
            return self.why
        return ", ".join(figure.found for figure in self.figures)

    @property
    def allowed(self) -> str:
        return ", ".join(figure.allowed for figure in self.figures)

    @property
    def words(self) -> str:
        """What has to be said beside the figures."""
        return "; ".join(filter(None, ("" if self.state == "elsewhere" else self.why, self.note)))

    def as_json(self) -> dict[str, Any]:
        figures = [
            {"name": it.name, "value": it.value, "bound": it.bound, "unit": it.unit, "at_least": it.at_least}
            for it in self.figures
        ]
        told = {"name": self.name, "target": self.text, "state": self.state, "figures": figures}
        return told | {"why": self.why, "note": self.note, "command": self.command}


# --- the rows --------------------------------------------------------------------------------------------------------


def rows(results: Results) -> list[Row]:
    """All of them, in the order of the design."""
    return [
        *_alerts(results),
        *_fan_out(results),
        *_inbound(results),
        *_index(results),
        *_many(results),
    ]


def _alerts(results: Results) -> list[Row]:
    command = "samverkan bench deadline --profile platform-70k"
    told = {one["name"]: one for one in results.get("alerts", {}).get("design", ())}

    def row(name: str, text: str, of: Mapping[str, Mapping[str, float]]) -> Row:
        """`of`: by row of the deadline report its limits; what is of the server alone is named so."""
        parts = [(told.get(one, {}), bounds) for one, bounds in of.items()]
        figures = tuple(
            Figure(
                name=f"{'in the server ' if one == 'red, inside' else ''}{at}",
                value=_at(told, one, "figures", at),
                bound=bound,
                unit="ms",
            )
            for one, bounds in of.items()
            for at, bound in bounds.items()
        )
        why = "; ".join(part["note"] for part, _ in parts if part.get("state") == "unproven")
        notes = "; ".join(part["note"] for part, _ in parts if part.get("note") and part.get("state") != "unproven")
        counts = [part["count"] for part, _ in parts if part.get("count")]
        note = "; ".join(filter(None, (f"{counts[0]:,} of them" if counts else "", notes)))
        return Row(name=name, text=text, command=command, figures=figures, why=why, note=note)

    red = {"red": {"p50": 15.0, "p99": 50.0}, "red, inside": {"p50": 10.0}}
    return [
        row("red", "to 500 near and a room of 150, 10,000 connected and moving; at the last recipient, durable", red),
        row("yellow", "the same load", {"yellow": {"p99": 100.0}}),
        row("chat", "a message to a room of 150, the same load", {"chat": {"p99": 100.0}}),
    ]


def _fan_out(results: Results) -> list[Row]:
    peers = {one["name"]: one for one in results.get("peers", {}).get("runs", ())}
    ours, picows = peers.get("samverkan", {}), peers.get("picows", {})
    crowd, delivery = results.get("crowd", {}), results.get("delivery", {})
    kinds = [delivery[kind]["ratio"]["write"] for kind in ("red", "words", "chat") if kind in delivery]
    picows_us, ours_us = _at(picows, "cpu_us_per_delivery", "median"), _at(ours, "cpu_us_per_delivery", "median")
    return [
        Row(
            name="all 10,000 near",
            text="last recipient beside a loop of `transport.write`; how long the loop stands still",
            command="python -m bench.peers --recipients 10000; python -m bench.delivery --recipients 10000",
            figures=(
                Figure(name="last", value=_at(ours, "last_ratio_to_write", "median"), bound=1.3, unit="×"),
                Figure(name="stall", value=_at(crowd, "red", "stall_ms", "p50"), bound=20.0, unit="ms"),
            ),
            note=ours.get("fault") or ours.get("failed") or "",
        ),
        Row(
            name="processor time of a delivery",
            text="of an alert, its words or a message (the dearest), beside a loop of `transport.write`; beside picows",
            command="python -m bench.delivery; python -m bench.peers --recipients 10000",
            figures=(
                Figure(name="loop", value=max(kinds, default=None), bound=1.2, unit="×"),
                Figure(
                    name="picows",
                    value=ours_us / picows_us if ours_us is not None and picows_us else None,
                    bound=1.1,
                    unit="×",
                ),
            ),
        ),
    ]


def _inbound(results: Results) -> list[Row]:
    position, handshake = results.get("position", {}), results.get("handshake", {})
    cases = [position[case] for case in ("quiet", "busy") if case in position]
    to_picows = [case["ratio_to_picows"] for case in cases if case["ratio_to_picows"] is not None]
    others = {"floor_us": "bare sockets", "browser_us": "a browser's headers", "eddsa_us": "Ed25519"}
    beside = [f"{name} {handshake[key]:.0f}" for key, name in others.items() if handshake.get(key)]
    return [
        Row(
            name="one position in",
            text="decoded, checked and indexed, beside decoding and discarding it; beside picows with the same JSON",
            command="python -m bench.inbound",
            figures=(
                Figure(name="discarding", value=max((it["ratio"] for it in cases), default=None), bound=1.3, unit="×"),
                Figure(name="picows", value=max(to_picows, default=None), bound=1.2, unit="×"),
            ),
        ),
        Row(
            name="handshake",
            text="from upgrade to `live`, token check included: processor time, who comes back, and a new HS256 token",
            command="python -m bench.handshake",
            figures=(
                Figure(name="back", value=handshake.get("seen_us"), bound=300.0, unit="µs"),
                Figure(name="new", value=handshake.get("hs256_us"), bound=300.0, unit="µs"),
            ),
            note=f"µs beside it: {', '.join(beside)}" if beside else "",
        ),
    ]


def _index(results: Results) -> list[Row]:
    found = results.get("index", {}).get("results", ())
    ours: dict[str, Any] = next((one for one in found if one["name"].startswith("ours")), {})
    hits = sorted(zip(ours.get("hits", ()), ours.get("query_p99_us", ()), strict=True))
    server_us = _at(results.get("position", {}), "quiet", "cpu_us")
    mix = f"the profiles' mix, index alone: {ours['mix_per_s']:,.0f}" if ours else ""
    return [
        Row(
            name="positions a second and core",
            text="people who stay within their box: the whole server; the index alone",
            command="python -m bench.inbound; python -m bench.geo --sizes 70000",
            figures=(
                Figure(name="server", value=1e6 / server_us if server_us else None, bound=25_000, at_least=True),
                Figure(name="index", value=ours.get("still_per_s"), bound=500_000, at_least=True),
            ),
            note=mix,
        ),
        Row(
            name="who is near, of 70,000",
            text="within 500 m: p99 of the processor time, with about 100 and about 500 found",
            command="python -m bench.geo --sizes 70000",
            figures=tuple(
                Figure(
                    name=f"{about} found", value=hits[number][1] if len(hits) > number else None, bound=bound, unit="µs"
                )
                for number, (about, bound) in enumerate(((100, 200.0), (500, 600.0)))
            ),
            note=f"these are {' and '.join(f'{count:.0f}' for count, _ in hits)}" if hits else "",
        ),
    ]


def _many(results: Results) -> list[Row]:
    storm, memory = results.get("coming back", {}), results.get("memory", {})
    targets = {one["name"]: one for one in storm.get("targets", ())}
    back = next((one["figure"] for name, one in targets.items() if "caught up" in name), None)
    why = "" if storm.get("valid", True) else "; ".join(storm["invalid_because"])
    return [
        Row(
            name="memory of a connection",
            text="with session, position and memberships",
            command="python -m bench.memory",
            figures=(Figure(name="", value=_at(memory, "kib_per_connection", "whole"), bound=9.0, unit="KiB"),),
        ),
        Row(
            name="10,000 come back within 10 s",
            text="each having missed 20 events: all caught up; a red meanwhile",
            command="python -m bench.storm",
            figures=(
                Figure(name="all", value=back, bound=12.0, unit="s"),
                Figure(name="red p99", value=_at(storm, "red_during_ms", "p99"), bound=250.0, unit="ms"),
            ),
            why=why,
        ),
        Row(
            name="70,000 over several workers",
            text="red at the last recipient",
            command="",
            figures=(Figure(name="p99", value=None, bound=500.0, unit="ms"),),
            why=WORKERS,
        ),
        Row(
            name="lost, doubled, or to the wrong person",
            text="every delivery of every part accounted for",
            command="make bench",
            figures=(Figure(name="", value=faults(results), bound=0.0),),
        ),
    ]


def faults(results: Results) -> float | None:
    """All that was lost, doubled, out of order or wrong in any part; None if no part tells."""
    alerts, storm = results.get("alerts"), results.get("coming back")
    found = [1 for one in results.get("peers", {}).get("runs", ()) if one["name"] == "samverkan" and one["fault"]]
    if alerts:
        found += [alerts[name] for name in ("lost", "duplicate", "wrong", "disordered", "unanswered")]
    if storm:
        found += [*storm["faults"].values(), *storm["red_faults"].values()]
    return float(sum(found)) if alerts or storm else None


def _at(told: Any, *path: str) -> float | None:
    for name in path:
        told = told.get(name) if isinstance(told, Mapping) else None
    return told if isinstance(told, int | float) else None


# --- the promises ----------------------------------------------------------------------------------------------------


def time_budget(results: Results) -> list[Row]:
    """T1 to T8 as the run of alerts has judged them; T5 from those who came back, who do so within 10 s and not 30."""
    found = [_promise(one) for one in results.get("alerts", {}).get("time_budget", ())]
    storm = results.get("coming back")
    return [_while_they_return(one, storm) if one.name == "T5" and storm else one for one in found]


def _promise(one: Mapping[str, Any]) -> Row:
    figures = tuple(
        Figure(name=at, value=one["figures"].get(at), bound=bound, unit=one["unit"])
        for at, bound in one["limits"].items()
    )
    is_open = one["state"] in ("unproven", "elsewhere")
    count = f"{one['count']:,} of them" if one["count"] else ""
    return Row(
        name=one["name"],
        text=one["promise"],
        command="",
        figures=figures,
        why=one["note"] if is_open else "",
        note=count if is_open else "; ".join(filter(None, (count, one["note"]))),
    )


def _while_they_return(row: Row, storm: Mapping[str, Any]) -> Row:
    during = storm["red_during_ms"]
    why = "" if storm["valid"] else "; ".join(storm["invalid_because"])
    if storm["back"] < 10_000:
        why = "; ".join(filter(None, (why, f"{storm['back']:,} came back")))
    figures = tuple(replace(figure, value=during.get(figure.name)) for figure in row.figures)
    return replace(row, figures=figures, why=why, note=f"{during['count']:,} of them, while all come back within 10 s")
