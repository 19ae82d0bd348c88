"""Payloads to records."""

import msgpack
import msgspec
import numpy as np
import pytest

from bench.harvest import Reported, harvest, position_id
from bench.records import NEVER

ALERT = {"type": "alert", "alert": "A", "revision": 1, "lat": 59.3, "lon": 18.0, "cell_m": 100.0, "rooms": {"g": 1}}


@pytest.mark.parametrize("encode", [msgspec.json.encode, msgpack.packb])
def test_every_receipt_is_a_row_in_either_encoding(encode):
    update = ALERT | {"type": "update", "revision": 2, "cell_m": None}
    inbox = [
        (1, 10, encode(ALERT)),
        (2, 11, encode(ALERT)),
        (1, 20, encode(update)),
        (1, 21, encode(ALERT | {"alert": "B"})),
    ]
    found = harvest(inbox, []).deliveries
    assert found.ids == ["A", "B"]
    assert list(zip(found.client, found.received_ns, found.alert, found.revision, found.first, strict=True)) == [
        (1, 10, 0, 1, True),
        (2, 11, 0, 1, True),
        (1, 20, 0, 2, False),
        (1, 21, 1, 1, True),
    ]
    assert np.isnan(found.cell_m).tolist() == [False, False, True, False]


def test_a_position_is_acknowledged_by_its_own_answer():
    sent_ns = 2**60 + 1  # a float would round it
    reported = [Reported(7, 59.3, 18.0, 5.0, sent_ns + row) for row in range(3)]
    inbox = [
        (7, 50, msgspec.json.encode({"type": "welcome", "id": position_id(0)})),
        (7, 60, msgspec.json.encode({"type": "ok", "id": position_id(2), "durable": True})),
        (7, 61, msgspec.json.encode({"type": "error", "id": position_id(1), "code": "rate_limited", "message": ""})),
        (7, 62, msgspec.json.encode({"type": "error", "id": position_id(0), "code": "busy", "message": ""})),
    ]
    found = harvest(inbox, reported)
    assert found.positions.acked_ns.tolist() == [50, NEVER, 60]
    assert found.positions.sent_ns.tolist() == [sent_ns, sent_ns + 1, sent_ns + 2]
    assert found.refused == {"rate_limited": 1}  # to be told to say hello later is no refusal


def test_a_heartbeat_that_counts_other_frames_than_came_is_told():
    alert, chat = msgspec.json.encode(ALERT), msgspec.json.encode({"type": "message", "message": "m"})
    beats = [msgspec.json.encode({"type": "heartbeat", "delivered": count}) for count in range(3)]
    right = [(1, 1, beats[0]), (1, 2, alert), (2, 2, beats[0]), (1, 3, chat), (1, 4, beats[2])]
    assert harvest(right, []).miscounted == 0
    assert harvest([*right, (2, 5, beats[1])], []).miscounted == 1


def test_nothing_gives_empty_records():
    found = harvest([], [])
    assert (len(found.positions.client), len(found.deliveries.client)) == (0, 0)
