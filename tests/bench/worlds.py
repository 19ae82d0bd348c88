"""Small plans and records made by hand, for tests that must know what is right."""

import numpy as np

from bench.plan import AlertPlan, GroupPlan, Moves, Plan, Step
from bench.records import Act, Deliveries, Generator, Positions, Records
from realtime.messages import Level

LAT, LON = 59.325, 18.071
CELL_M = 100.0
METRE = 1 / 111_195.08  # in degrees of latitude, on the mean sphere
HALF_M = CELL_M / 2**0.5
EMPTY = np.zeros(0)


def north(metres: float) -> float:
    """The latitude so far north of the alert."""
    return LAT + metres * METRE


def alert(
    author: int = 0,
    *,
    level: Level = "red",
    public: bool = True,
    groups: tuple[int, ...] = (),
    steps: tuple[Step, ...] = (),
    radius_m: float | None = 500.0,
) -> AlertPlan:
    return AlertPlan(
        due_s=0.0,
        author=author,
        level=level,
        kind="warn",
        lat=LAT,
        lon=LON,
        radius_m=radius_m,
        public=public,
        groups=groups,
        headline="",
        steps=steps,
    )


def plan(lats: list[float], *alerts: AlertPlan, groups: tuple[GroupPlan, ...] = ()) -> Plan:
    return Plan(
        seconds=10.0,
        lat=np.array(lats),
        lon=np.full(len(lats), LON),
        accuracy_m=np.zeros(len(lats)),
        msgpack=np.zeros(len(lats), bool),
        groups=groups,
        alerts=alerts,
        moves=Moves(EMPTY, EMPTY.astype(np.int32), EMPTY, EMPTY),
    )


def positions(*rows: tuple[int, float, int, int], accuracy_m: float = 0.0) -> Positions:
    """Rows of (client, latitude, sent, acknowledged)."""
    client, lat, sent, acked = (np.array(column) for column in zip(*rows, strict=True))
    return Positions(
        client.astype(np.int32),
        lat.astype(float),
        np.full(len(rows), LON),
        np.full(len(rows), accuracy_m),
        sent.astype(np.int64),
        acked.astype(np.int64),
    )


def deliveries(
    *rows: tuple[int, int, int, bool], id: str = "A", lat: float = LAT, cell_m: float = CELL_M
) -> Deliveries:
    """Rows of (client, received, revision, first), all of one alert."""
    client, received, revision, first = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else [EMPTY] * 4
    )
    return Deliveries(
        [id],
        client.astype(np.int32),
        received.astype(np.int64),
        np.zeros(len(rows), np.int32),
        revision.astype(np.int32),
        first.astype(bool),
        np.full(len(rows), lat),
        np.full(len(rows), LON),
        np.full(len(rows), cell_m),
    )


def raised(sent: int = 100, answered: int = 110) -> Act:
    return Act(alert=0, step=0, due_ns=90, sent_ns=sent, answered_ns=answered, alert_id="A", revision=1)


def updated(step: int = 1, sent: int = 1_000, answered: int = 1_010) -> Act:
    act = Act(alert=0, step=step, due_ns=sent, sent_ns=sent, answered_ns=answered)
    act.alert_id, act.revision = "A", step + 1
    return act


def records(positions: Positions, acts: list[Act], deliveries: Deliveries) -> Records:
    calm = Generator(cpu=0.1, lag_ns=np.zeros(1, np.int64), late_ns=np.zeros(1, np.int64))
    return Records(positions=positions, acts=acts, deliveries=deliveries, generators=[calm], connected=4)
