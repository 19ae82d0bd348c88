"""Names that nobody can guess or compute: keyed hashes with the secret that lives with the data."""

import base64
import hashlib
import hmac

from realtime.messages import World


class Naming:
    """The same inputs give the same name for ever, also after a crash; without the secret they tell nothing."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def made_by(self, kind: str, world: World, user: str, client_id: str) -> str:
        """The id of an alert, a message or a group: a retry of the same request gets the same."""
        return self._hash(kind, world, user, client_id)[:16].hex()

    def content(self, kind: str, world: World, user: str, content: bytes) -> str:
        """The same content of the same person has one name, which nobody else can compute."""
        return self._hash(kind, world, user, hashlib.sha256(content).hexdigest())[:16].hex()

    def pseudonym(self, world: World, user: str, alert: str) -> str:
        """What the public calls an author: another one for each alert, so that alerts cannot be joined up."""
        return "m-" + self._hash("pseudonym", world, user, alert)[:4].hex()

    def join_code(self, group: str) -> str:
        """What opens a locked group: 12 letters and digits that are easy to read aloud (60 bits)."""
        text = base64.b32encode(self._hash("code", group))[:12].decode()
        return "-".join((text[:4], text[4:8], text[8:]))

    def opens(self, group: str, code: str | None) -> bool:
        """Whether a code opens a group, in the same time whether or not it does, or the group exists (R23)."""
        return hmac.compare_digest(
            self.join_code(group), (code or "").strip().upper().encode("ascii", "replace").decode()
        )

    def _hash(self, *parts: str) -> bytes:
        # Lengths keep ("a", "bc") apart from ("ab", "c").
        text = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.new(self._secret, text, hashlib.sha256).digest()
