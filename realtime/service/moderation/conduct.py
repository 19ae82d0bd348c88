"""The code of conduct: what it says, who has accepted it, and what nobody may do before they have (F66, F90, R6)."""

from pathlib import Path
from typing import Final, NamedTuple

from realtime.clock import Clock
from realtime.config import ConductSettings
from realtime.delivery.act import Act
from realtime.delivery.hub import Hub
from realtime.delivery.writer import Writer
from realtime.errors import AccountErased, ConductFirst, Forbidden, Suspended
from realtime.identity import Identity
from realtime.messages import (
    ADVICE,
    ADVICE_SV,
    Accept,
    AppealDecision,
    AskConduct,
    CloseThread,
    Conduct,
    CreateGroup,
    DropArea,
    EndCall,
    EraseAccount,
    EraseAlert,
    GiveConsent,
    GoOnDuty,
    Language,
    LeaveGroup,
    LetOrganisationIn,
    MergeAlert,
    MuteGroup,
    Pause,
    PostMessage,
    Prefer,
    RaiseAlert,
    ReportPost,
    Request,
    ReviseMessage,
    Revoke,
    RevokeRole,
    SetGroup,
    Share,
    Unfollow,
    UpdateAlert,
    VolunteerFor,
    Withdraw,
    WriteTo,
)
from realtime.service.acts import act_for, required_id
from realtime.service.caller import Caller
from storage.events import Entry, FactSet
from storage.facts import ConductAccepted, Erasing, Suspension

_TEXTS: Final = Path(__file__).parents[2] / "texts"

BEFORE_CONDUCT: Final[frozenset[type[Request]]] = frozenset(
    {
        *(Accept, UpdateAlert, MergeAlert, LeaveGroup, ReportPost, AppealDecision, RevokeRole, CloseThread, EndCall),
        *(DropArea, MuteGroup, Revoke, Unfollow, Withdraw),
        *(Prefer, Pause, Share, GiveConsent, EraseAccount, EraseAlert),
    }
)
"""What is stored and may be said by who has not accepted the code: nothing of it posts anything new.

An alert that they may update is a call for help, or was raised under an earlier version. All else is refused, also what
is not thought of yet; a witness's tip, too. Lists are not stored, and anybody who may read them reads them.
"""

_POSTS: Final = (
    RaiseAlert,
    PostMessage,
    ReviseMessage,
    WriteTo,
    CreateGroup,
    SetGroup,
    VolunteerFor,
)  # by who is 18 or older (R30)


class Texts(NamedTuple):
    conduct: str
    guide: str


def load_texts(settings: ConductSettings) -> dict[Language, Texts]:
    """The operator's own texts, or those that come with the program. Raises OSError or UnicodeDecodeError."""

    def read(own: Path | None, name: str) -> str:
        return (own or _TEXTS / name).read_text(encoding="utf-8-sig")

    return {
        "sv": Texts(read(settings.text_sv, "conduct.sv.md"), read(settings.guide_sv, "guide.sv.md")),
        "en": Texts(read(settings.text_en, "conduct.en.md"), read(settings.guide_en, "guide.en.md")),
    }


class Conducts:
    """The code of conduct in one world."""

    def __init__(self, hub: Hub, writer: Writer, clock: Clock, settings: ConductSettings) -> None:
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._version = settings.version
        self._texts = load_texts(settings)

    def show(self, caller: Caller, message: AskConduct) -> None:
        texts = self._texts[message.language]
        caller.answer(
            Conduct(
                id=required_id(message),
                version=self._version,
                language=message.language,
                text=texts.conduct,
                guide=texts.guide,
                advice=ADVICE_SV if message.language == "sv" else ADVICE,
                accepted=self.has_accepted(caller.identity),
            )
        )

    def accept(self, caller: Caller, message: Accept) -> None:
        """Whoever read another version than the current one is told so, and reads again."""
        identity = caller.identity

        def decide(key: str, digest: bytes) -> Entry:
            if message.conduct != self._version:
                raise ConductFirst(self._version)
            now = self._clock.now()
            fact = ConductAccepted(user=identity.user, version=message.conduct, at=now)
            body = FactSet(fact=fact, by=identity.user)
            return Entry(body=body, world=identity.world, at=now, key=key, digest=digest)

        self._writer.submit(act_for(caller, message, decide=decide))

    def has_accepted(self, identity: Identity) -> bool:
        """Whether this person's token says that they accepted the current version, or they said so here."""
        if identity.is_probe or identity.accepted.get("conduct") == self._version:
            return True
        fact = self._hub.facts.latest(ConductAccepted, identity.user)
        return fact is not None and fact.version == self._version

    def wanted(self, identity: Identity) -> str | None:
        """The version that this person has to accept before they post; None if they have."""
        return None if self.has_accepted(identity) else self._version

    def check_suspended(self, identity: Identity) -> None:
        """Raise Suspended if this account is barred now, AccountErased if it is on its way out."""
        if self._hub.facts.latest(Erasing, identity.user) is not None:
            raise AccountErased("this account is being erased")
        bar = suspension_of(self._hub, identity.user, self._clock.now())
        if bar is not None:
            raise Suspended(bar.until, bar.reason, bar.decision)

    def gate(self, act: Act) -> None:
        """Judged for everything that is to be stored, whoever decides about the rest of it. Raises SamverkanError."""
        if act.origin is None or act.request is None:
            return
        identity, request = act.origin.identity, act.request
        if not isinstance(request, AppealDecision):
            self.check_suspended(identity)  # it was on its way already
        if not self.has_accepted(identity) and not _may_be_before(request):
            raise ConductFirst(self._version)
        if identity.minor and isinstance(request, _POSTS) and not _may_a_minor(request):
            raise Forbidden("only who is 18 or older posts; a call for help always goes out")


def is_call_for_help(request: Request) -> bool:
    """Never blocked (R10)."""
    return isinstance(request, RaiseAlert) and request.level == "red" and request.kind == "help"


def suspension_of(hub: Hub, user: str, now: float) -> Suspension | None:
    """What bars an account now, as last decided; None if nothing does."""
    found = hub.facts.latest(Suspension, user)
    return None if found is None or (found.until is not None and now >= found.until) else found


def _may_a_minor(request: Request) -> bool:
    return is_call_for_help(request) or _takes_back(request)


def _may_be_before(request: Request) -> bool:
    return type(request) in BEFORE_CONDUCT or _takes_back(request) or is_call_for_help(request)


def _takes_back(request: Request) -> bool:
    return (isinstance(request, ReviseMessage) and request.removed) or (
        isinstance(request, VolunteerFor | LetOrganisationIn | GoOnDuty) and not request.on
    )
