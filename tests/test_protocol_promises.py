"""Promises of `protocol.md` that no example of it shows, in the same notation."""

from pathlib import Path

import pytest

from realtime.messages import Encoding
from tests.protocol_examples import Scenario, scenarios
from tests.protocol_player import Player

PROMISES = """
<!-- play: fields that nobody knows are ignored and null is as good as nothing -->
<!-- meanwhile: anna is connected -->
<!-- unseen: anna → {"type": "position", "id": "p-1", "renew": true, "lat": null, "colour": {"of": ["hair"]}} -->
<!-- unseen: → anna {"type": "ok", "id": "p-1", "durable": false} -->

<!-- play: who joins gets the active alerts of the group and no others -->
<!-- meanwhile: anna and cecilia are connected; group shops of anna -->
<!-- unseen: anna → {"type": "alert", "id": "a-1", "level": "red", "kind": "warn", "lat": 59.3251, "lon": 18.0711,
     "public": false, "groups": ["<shops>"]} -->
<!-- unseen: → anna {"type": "ok", "id": "a-1", "durable": true, "alert": "<over>", "revision": 1,
     "rooms": {"<shops>": 1}} -->
<!-- unseen: anna → {"type": "update", "id": "a-2", "alert": "<over>", "state": "closed"} -->
<!-- meanwhile: anna reads on -->
<!-- unseen: anna → {"type": "alert", "id": "a-3", "level": "info", "kind": "inform", "lat": 59.3251, "lon": 18.0711,
     "public": false, "groups": ["<shops>"]} -->
<!-- unseen: → anna {"type": "ok", "id": "a-3", "durable": true, "alert": "<active>", "revision": 1,
     "rooms": {"<shops>": 2}} -->
<!-- unseen: cecilia → {"type": "join", "id": "j-1", "group": "<shops>", "accepted": true} -->
<!-- unseen: → cecilia {"type": "ok", "id": "j-1", "durable": true, "group": "<shops>"} -->
<!-- unseen: → cecilia {"type": "membership", "group": "<shops>", "name": "Shops", "state": "member", "from": 3,
     "seq": 2, "rooms": {"me": 1}} -->
<!-- unseen: → cecilia {"type": "alert", "alert": "<active>", "revision": 1, "level": "info", "level_number": 1,
     "kind": "inform", "state": "may_happen", "lat": 59.32476, "lon": 18.07086, "cell_m": 100.0,
     "author": {"role": "member", "name": "Anna Ek"}, "sent_at": 1764000000.25, "received_at": 1764000000.25,
     "expires_at": 1764086400.25, "why": ["group:<shops>"], "signal": false} -->
`→ cecilia` gets nothing more.

<!-- play: what was lowered to info concerns nobody by nearness any more -->
<!-- meanwhile: anna and cecilia are connected -->
<!-- unseen: anna → {"type": "alert", "id": "a-1", "level": "red", "kind": "warn", "lat": 59.3251, "lon": 18.0711,
     "public": true, "groups": []} -->
<!-- unseen: → anna {"type": "ok", "id": "a-1", "durable": true, "alert": "<alert>", "revision": 1} -->
<!-- unseen: anna → {"type": "update", "id": "a-2", "alert": "<alert>", "level": "info"} -->
<!-- meanwhile: anna reads on -->
<!-- unseen: cecilia → {"type": "position", "lat": 59.3251, "lon": 18.0711} -->
`→ cecilia` gets nothing more.

<!-- play: reach is told once although the alert was sent again before its answer -->
<!-- meanwhile: anna is connected; the log stalls -->
<!-- unseen: anna → {"type": "alert", "id": "a-1", "level": "yellow", "kind": "warn", "lat": 59.3251, "lon": 18.0711,
     "public": true, "groups": []}
     {"type": "alert", "id": "a-1", "level": "yellow", "kind": "warn", "lat": 59.3251, "lon": 18.0711,
     "public": true, "groups": []}
     {"type": "ping", "id": "p-1"} -->
<!-- unseen: → anna {"type": "ok", "id": "p-1", "durable": false} -->
<!-- meanwhile: the log answers -->
<!-- unseen: → anna {"type": "ok", "id": "a-1", "durable": true, "alert": "<alert>", "revision": 1}
     {"type": "ok", "id": "a-1", "durable": true, "alert": "<alert>", "revision": 1} -->
<!-- meanwhile: 5 s pass -->
<!-- unseen: → anna {"type": "reach", "alert": "<alert>", "bucket": "<5"} -->
`→ anna` gets nothing more.

<!-- play: an alert that has expired is late in a page of history too, alerts.yellow_ttl_s=10 -->
<!-- meanwhile: anna is connected; group shops of anna -->
<!-- unseen: anna → {"type": "alert", "id": "a-1", "level": "yellow", "kind": "warn", "lat": 59.3251, "lon": 18.0711,
     "public": false, "groups": ["<shops>"]} -->
<!-- meanwhile: anna reads on; 12 s pass; anna reads on -->
<!-- unseen: anna → {"type": "history", "id": "y-1", "room": "<shops>", "limit": 1} -->
<!-- unseen: → anna {"type": "history", "id": "y-1", "room": "<shops>", "more": false, "events": [
     {"type": "alert", "alert": "<alert>", "revision": 1, "level": "yellow", "level_number": 2, "kind": "warn",
     "state": "may_happen", "lat": 59.3251, "lon": 18.0711, "author": {"role": "member", "name": "Anna Ek"},
     "sent_at": 1764000000.25, "received_at": 1764000000.25, "expires_at": 1764000010.25,
     "why": ["own", "group:<shops>"], "signal": false, "late": true, "rooms": {"<shops>": 1}}]} -->
"""


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
@pytest.mark.parametrize("scenario", scenarios(PROMISES), ids=lambda scenario: scenario.name)
async def test_promise(scenario: Scenario, encoding: Encoding, tmp_path: Path) -> None:
    await Player(encoding, tmp_path).play(scenario)
