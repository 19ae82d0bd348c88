"""Requests to try things with."""

from typing import Any

# A type need not demand an id that the service does: without one, what is stored or listed is `id_required`. Each with
# the least that it must say.
NEED_AN_ID: dict[str, dict[str, Any]] = {
    "alert": {"level": "info", "kind": "warn", "lat": 0, "lon": 0, "public": True, "groups": []},
    "update": {"alert": "x", "state": "closed"},
    "message": {"group": "x", "text": "x"},
    "revise": {"group": "x", "seq": 1, "removed": True},
    "create_group": {"name": "x", "purpose": "x", "conduct": "x", "locked": False},
    "join": {"group": "x"},
    "leave": {"group": "x"},
    "history": {"room": "me", "limit": 1},
    "prefer": {},
    "pause": {"on": True},
    "share": {},
    "consent": {"purpose": "survey", "given": True, "version": "1"},
    "preferences": {},
    "consents": {},
    "appoint": {"group": "x", "user": "x", "trusted": []},
}
