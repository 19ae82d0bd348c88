"""Everything a client can be told went wrong. A code never changes meaning; `protocol.md` lists them all."""

from enum import IntEnum

from realtime.messages import Level, Refused


class CloseCode(IntEnum):
    """Why a connection was closed. 4000-4499: come back and catch up. 4500-4999: do not."""

    SLOW = 4000
    SILENT = 4001
    DRAIN = 4002
    NO_HELLO = 4003
    INTERNAL = 4004
    LOST = 4005
    PAUSE = 4006
    REPLACED = 4500
    TOKEN = 4501
    TOO_MANY = 4502
    GARBAGE = 4503
    SUSPENDED = 4504
    ERASED = 4505


class SamverkanError(Exception):
    """What a client is told as `error`: a stable `code`, and whether trying the same again can help."""

    code = "internal"
    temporary = False
    field: str | None = None
    retry_after_s: float | None = None
    offer: Level | None = None
    found: tuple[str, ...] = ()
    version: str | None = None
    until: float | None = None
    reason: str | None = None
    decision: str | None = None

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Internal(SamverkanError):
    """A bug of ours: logged whole, told as little."""

    code = "internal"
    temporary = True


class Invalid(SamverkanError):
    """A field has the wrong type, is out of range or too long, or contradicts another."""

    code = "invalid"


class UnknownType(SamverkanError):
    code = "unknown_type"


class IdRequired(SamverkanError):
    """What is stored needs an `id`, so that a retry is harmless."""

    code = "id_required"


class IdReused(SamverkanError):
    """The same `id` came before with another body."""

    code = "id_reused"


class HelloFirst(SamverkanError):
    code = "hello_first"


class AlreadyGreeted(SamverkanError):
    code = "already_greeted"


class TokenRefused(SamverkanError):
    """The token is malformed, forged, expired or not yet valid; the connection closes with 4501."""

    code = "token"


class TooMany(SamverkanError):
    """More in one message than is accepted; `field` says of what. `hello` may be said again."""

    code = "too_many"


class NoPosition(SamverkanError):
    """Nothing to renew: no position of this device is live."""

    code = "no_position"


class NoConsent(SamverkanError):
    """This use of one's data was taken back, or is paused: a position is not kept then (R25, R27)."""

    code = "no_consent"


class NoScope(SamverkanError):
    """An alert addresses nobody: neither public nor any group (F2)."""

    code = "no_scope"


class NotFound(SamverkanError):
    """It does not exist, or is not yours to see or change: the two are one answer (R23)."""

    code = "not_found"


class Forbidden(SamverkanError):
    """It is yours to see, but not to do: a member who is not trusted with it, say."""

    code = "forbidden"


class Impersonation(SamverkanError):
    """A name that can be taken for an authority's, or hides something (R31)."""

    code = "impersonation"


class NotAccepted(SamverkanError):
    """The group's code of conduct must be accepted before joining (F36)."""

    code = "not_accepted"


class ConductFirst(SamverkanError):
    """Nobody posts before they have accepted the current code of conduct (F66); `version` says which that is."""

    code = "conduct"

    def __init__(self, version: str) -> None:
        super().__init__(f"read and accept the code of conduct first (version {version})")
        self.version = version


class Suspended(SamverkanError):
    """This account is suspended (F71), `until` then or until it is lifted; its connections close with 4504."""

    code = "suspended"

    def __init__(self, until: float | None, reason: str, decision: str) -> None:
        super().__init__(f"this account is suspended: {reason}")
        self.until = until
        self.reason = reason
        self.decision = decision


class AccountErased(SamverkanError):
    """This account is being erased (F78): nothing of it is taken in any more. Its connections close with 4505."""

    code = "erased"


class PersonShown(SamverkanError):
    """A picture shows who somebody is: it may go to an organisation in private, and nowhere else (R2, R3)."""

    code = "person_shown"


class Ended(SamverkanError):
    """The alert has ended or expired, and takes no more updates; or the thread is closed, or the call off."""

    code = "ended"


class NotInPublic(SamverkanError):
    """It holds what others must not be told (R2, R3, R6, R7); `found` says what, and a witness tip may take it."""

    code = "not_in_public"

    def __init__(self, message: str, *, field: str, found: tuple[str, ...]) -> None:
        super().__init__(message, field=field)
        self.found = found


class DescriptionAlone(SamverkanError):
    """It says how somebody looks, or comes from, and not what happens: never a reason for an alert (R5)."""

    code = "description_alone"


class TooFarMoved(SamverkanError):
    """An update may move an alert at most so far from where it was raised."""

    code = "too_far_moved"


class TooManyUpdates(SamverkanError):
    """An alert has had all the updates that it may; an ending still passes."""

    code = "too_many_updates"


class RateLimited(SamverkanError):
    """Too many; `retry_after_s` says when again, and `offer` the level at which it would pass now."""

    code = "rate_limited"
    temporary = True

    def __init__(self, message: str, retry_after_s: float, offer: Level | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.offer = offer


class Busy(SamverkanError):
    """Too many say hello at once; `retry_after_s` is when this one may say it, on the same connection."""

    code = "busy"
    temporary = True

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("many are coming back at once; say hello again when it is your turn")
        self.retry_after_s = retry_after_s


class NotStored(SamverkanError):
    """The log cannot be written now; nothing of the message was kept. Send it again with the same `id`."""

    code = "not_stored"
    temporary = True
    retry_after_s = 1.0


def refusal(error: SamverkanError, id: str | None) -> Refused:
    """What a client is told went wrong."""
    return Refused(
        id=id,
        code=error.code,
        message=str(error),
        field=error.field,
        found=error.found,
        retry_after_s=None if error.retry_after_s is None else round(error.retry_after_s, 3),
        offer=error.offer,
        version=error.version,
        until=error.until,
        reason=error.reason,
        decision=error.decision,
    )
