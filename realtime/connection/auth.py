"""A signed token to an identity, and back: JWT (RFC 7519), signed with EdDSA or HS256 and nothing else."""

import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import jwt

from realtime.clock import Clock
from realtime.connection.keys import Key, KeysUnusable
from realtime.errors import TokenRefused
from realtime.identity import Identity
from realtime.messages import World

CONDUCT_VERSION: Final = "1"  # what tokens of our own have accepted
ESTABLISHED_S: Final = 30 * 86_400.0
MAX_TOKEN_CHARS: Final = 8_192
MAX_SUB_CHARS: Final = 255  # OpenID Connect Core 1.0, section 2
MAX_NAME_CHARS: Final = 80
_MAX_ACCEPTED: Final = 16
_MAX_HEADERS: Final = 64
_MAX_KNOWN: Final = 20_000  # tokens, about as many as connections; 100 bytes each, for the session has the identity
_MAX_TIME: Final = 1e11  # a time in milliseconds is above it

# No "/": ids are keys over world, user and client id, and must not be readable in two ways.
_SUB = re.compile(r"[!-.0-~]+")
_ROLE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_JOINERS = frozenset("\u200c\u200d")  # written within words in Persian and several Indic scripts, and within emoji

# Times are checked here, by the clock that the rest of the server goes by; the subject, for a message that says more.
_OPTIONS: Final[Any] = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_sub": False}


class Verifier:
    """Tells who somebody is by a token. A key is bound to its algorithm: what a token claims to be decides nothing."""

    def __init__(
        self, keys: Sequence[Key], clock: Clock, *, leeway_s: float = 30.0, audience: str | None = None
    ) -> None:
        self._clock = clock
        self._leeway_s = leeway_s
        self._audience = audience
        self._named = {key.id: key for key in keys if key.id is not None}
        self._headers: dict[str, Key] = {}
        self._known: dict[bytes, Identity] = {}  # by a digest of the token, the longest known first
        unnamed = [key for key in keys if "real" in key.worlds]
        self._only = unnamed[0] if len(unnamed) == 1 else None  # serves tokens that name no key

    def identify(self, token: str) -> Identity:
        """Who the token says its bearer is. Raises TokenRefused, whose message says what is wrong with the token.

        `Identity.expires_at` is when this server stops honouring it, leeway included. A token that was good once is so
        until then: whoever comes back costs a digest, a hundredth of what a signature does.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise _refused(f"longer than {MAX_TOKEN_CHARS} characters")
        digest = blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._known.get(digest)
        if known is None or self._clock.now() >= known.expires_at:
            known = self._identify(token)
            if len(self._known) >= _MAX_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[digest] = known
        return known

    def _identify(self, token: str) -> Identity:
        header = token.partition(".")[0]
        try:
            # All tokens of one issuer begin alike: that spares parsing the header twice, half of what PyJWT costs.
            key = self._headers.get(header) or self._key(jwt.get_unverified_header(token).get("kid"))
            claims = self._verified(token, key)
        except (jwt.PyJWTError, ValueError) as error:  # ValueError: text that is not UTF-8, from below PyJWT
            raise _refused(f"it is malformed: {error}") from error
        if len(self._headers) < _MAX_HEADERS:
            self._headers[header] = key  # once the signature held, so that nobody else can fill it
        expires_at = self._check_times(claims)
        world = _world(claims, key)
        return Identity(
            user=_sub(claims),
            world=world,
            expires_at=expires_at,
            name=_name(claims),
            role=_role(claims),
            since=_time(claims, "since"),
            vouched=_flag(claims, "vouched"),
            minor=_flag(claims, "minor"),
            accepted=_accepted(claims),
        )

    def _key(self, id: str | None) -> Key:
        if id is not None and (key := self._named.get(id)) is not None:
            return key
        if self._only is not None and (id is None or self._only.id is None):
            return self._only
        if id is None:
            raise _refused('it does not say which key signed it ("kid")')
        raise _refused("it is signed with a key that this server does not know")

    def _verified(self, token: str, key: Key) -> dict[str, Any]:
        try:
            return jwt.decode(
                token, key.verifying, algorithms=[key.algorithm], audience=self._audience, options=_OPTIONS
            )
        except jwt.InvalidSignatureError:
            raise _refused("its signature does not hold: it was changed, or signed with another key") from None
        except jwt.InvalidAlgorithmError:
            raise _refused(f"its key is for {key.algorithm}, and it claims another algorithm") from None
        except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError):
            wanted = "none is expected here" if self._audience is None else f"{self._audience} is expected"
            raise _refused(f'it is meant for another audience ("aud"; {wanted})') from None

    def _check_times(self, claims: Mapping[str, Any]) -> float:
        now = self._clock.now()
        exp = _time(claims, "exp")
        if exp is None:
            raise _refused('it has no "exp": when it expires')
        if now >= exp + self._leeway_s:
            raise _refused(f"it expired at {_utc(exp)}")
        start = _time(claims, "nbf")
        if start is not None and now < start - self._leeway_s:
            raise _refused(f"it is not valid before {_utc(start)}")
        return exp + self._leeway_s


class Issuer:
    """Signs tokens with a key of ours: for the command line, the demo, the probe. Raises KeysUnusable without one."""

    def __init__(self, key: Key, clock: Clock, *, conduct: str = CONDUCT_VERSION) -> None:
        """`conduct`: the version of the code of conduct that bearers have accepted, unless `mint` is told otherwise."""
        self._conduct = conduct
        if key.signing is None:
            raise KeysUnusable(
                "this server only verifies tokens; they are signed by the issuer whose public keys it has been given"
            )
        self._key = key
        self._signing = key.signing
        self._clock = clock

    def mint(
        self,
        user: str,
        *,
        role: str = "member",
        name: str | None = None,
        world: World = "real",
        new: bool = False,
        accepted: bool = True,
        ttl_s: float = 30 * 86_400.0,
    ) -> str:
        """A token of an established member who is vouched for, or of a new one.

        Raises ValueError for what `identify` would refuse.
        """
        if world not in self._key.worlds:
            raise ValueError(f"this key does not vouch for the {world} world")
        now = self._clock.now()
        claims: dict[str, Any] = {
            "sub": user,
            "name": user[:MAX_NAME_CHARS] if name is None else name,
            "role": role,
            "exp": int(now + ttl_s),
            "since": int(now if new else now - ESTABLISHED_S),
            "vouched": not new,
            "world": world,
            "accepted": {"conduct": self._conduct, "consents": CONDUCT_VERSION} if accepted else {},
        }
        try:
            _sub(claims), _name(claims), _role(claims)
        except TokenRefused as error:
            raise ValueError(str(error)) from None
        headers = None if self._key.id is None else {"kid": self._key.id}
        return jwt.encode(claims, self._signing, algorithm=self._key.algorithm, headers=headers)


def _refused(what: str) -> TokenRefused:
    return TokenRefused(f"the token is refused: {what}", field="token")


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _time(claims: Mapping[str, Any], claim: str) -> float | None:
    value = claims.get(claim)
    if value is None:
        return None
    # Python's JSON knows NaN and Infinity, and a bool is an int: neither is a time.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_TIME:
        raise _refused(f'its "{claim}" must be in seconds since 1970')
    return float(value)


def _world(claims: Mapping[str, Any], key: Key) -> World:
    world = claims.get("world", "real")
    if world not in ("real", "exercise"):
        raise _refused('its "world" must be real or exercise')
    if world not in key.worlds:
        raise _refused(f"its key does not vouch for the {world} world")
    checked: World = world
    return checked


def _sub(claims: Mapping[str, Any]) -> str:
    sub = claims.get("sub")
    if sub is None:
        raise _refused('it has no "sub": whose it is')
    if not isinstance(sub, str) or len(sub) > MAX_SUB_CHARS or _SUB.fullmatch(sub) is None:
        raise _refused(f'its "sub" must be 1 to {MAX_SUB_CHARS} visible ASCII characters other than "/"')
    return sub


def _name(claims: Mapping[str, Any]) -> str | None:
    name = claims.get("name")
    if name is None:
        return None
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARS or not name.strip():
        raise _refused(f'its "name" must be 1 to {MAX_NAME_CHARS} characters')
    # Control and format characters can turn a line round or hide in it; a lone surrogate cannot be sent at all.
    if not name.isprintable() and any(_hidden(character) for character in name):
        raise _refused('its "name" has characters that cannot be shown')
    return name


def _hidden(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _role(claims: Mapping[str, Any]) -> str:
    role = claims.get("role", "member")
    if not isinstance(role, str) or _ROLE.fullmatch(role) is None:
        raise _refused('its "role" must be one short word in lower case')
    return sys.intern(role)  # a few words, which thousands share


def _flag(claims: Mapping[str, Any], claim: str) -> bool:
    value = claims.get(claim, False)
    if not isinstance(value, bool):
        raise _refused(f'its "{claim}" must be true or false')
    return value


def _accepted(claims: Mapping[str, Any]) -> dict[str, object]:
    accepted = claims.get("accepted", {})
    if not isinstance(accepted, dict) or len(accepted) > _MAX_ACCEPTED:
        raise _refused(f'its "accepted" must be an object with at most {_MAX_ACCEPTED} fields')
    return accepted
