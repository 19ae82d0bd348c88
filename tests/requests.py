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
    "set_group": {"group": "x", "purpose": "x", "conduct": "x"},
    "group": {"group": "x"},
    "find_groups": {},
    "group_map": {"group": "x"},
    "apply": {"group": "x"},
    "withdraw_application": {"group": "x"},
    "applications": {"group": "x"},
    "decide": {"group": "x", "user": "x", "approve": True},
    "invite": {"group": "x"},
    "invitations": {"group": "x"},
    "revoke": {"group": "x", "invitation": "x"},
    "remove": {"group": "x", "user": "x", "reason": "x"},
    "ban": {"group": "x", "user": "x", "reason": "x"},
    "unban": {"group": "x", "user": "x", "reason": "x"},
    "hand_over": {"group": "x", "user": "x"},
    "close_group": {"group": "x", "reason": "x"},
    "mute": {"group": "x"},
    "members": {"group": "x"},
    "group_activity": {"group": "x"},
    "audit": {"group": "x"},
    "appoint": {"group": "x", "user": "x", "trusted": []},
}
