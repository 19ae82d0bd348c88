"""What a person asks for themselves: what to be sent, a pause, what to share, and what they consent to."""

from typing import Any, Literal

from realtime.client.asking import Requests, new_id
from realtime.messages import (
    AskConsents,
    AskPreferences,
    ConsentEntry,
    Consents,
    EraseAccount,
    EraseAlert,
    ExportMe,
    ExportPart,
    GiveConsent,
    Language,
    Level,
    Ok,
    Pause,
    Prefer,
    Preferences,
    Purpose,
    QuietHours,
    Share,
)


def quiet_hours(
    from_: int, to: int, *, zone: str | None = None, offset_min: int = 0, red: Literal["pass", "hold"] = "pass"
) -> QuietHours:
    """Hours of each day, in minutes after midnight."""
    return QuietHours(from_=from_, to=to, zone=zone, offset_min=offset_min, red=red)


class Wishes:
    """One's own wishes, over a client: `Wishes(client).pause()`."""

    def __init__(self, client: Requests) -> None:
        self._client = client

    async def prefer(
        self,
        *,
        levels: tuple[Level, ...] = ("red", "yellow", "info"),
        without: tuple[str, ...] = (),
        without_organisations: tuple[str, ...] = (),
        distance_m: float | None = None,
        quiet: QuietHours | None = None,
        language: Language = "en",
        id: str | None = None,
    ) -> Ok:
        """Everything that one wants to be sent, in place of what was preferred before."""
        request = Prefer(
            id=id or new_id(),
            levels=levels,
            without=without,
            without_organisations=without_organisations,
            distance_m=distance_m,
            quiet=quiet,
            language=language,
        )
        return await self._client.ask(request)

    async def pause(self, *, until: float | None = None, id: str | None = None) -> Ok:
        """Be sent nothing from now on, and be nowhere; `until` is Unix seconds."""
        return await self._client.ask(Pause(id=id or new_id(), on=True, until=until))

    async def resume(self, *, id: str | None = None) -> Ok:
        """The pause is over: the server closes the connection, and the client comes back for what it missed."""
        return await self._client.ask(Pause(id=id or new_id(), on=False))

    async def share(self, *, name: bool = False, precise: bool = True, id: str | None = None) -> Ok:
        """Whether public alerts bear one's name, and the server keeps one's exact position."""
        return await self._client.ask(Share(id=id or new_id(), name=name, precise=precise))

    async def consent(self, purpose: Purpose, *, given: bool, version: str, id: str | None = None) -> Ok:
        request = GiveConsent(id=id or new_id(), purpose=purpose, given=given, version=version)
        return await self._client.ask(request)

    async def erase(self, user: str | None = None, *, id: str | None = None) -> Ok:
        """Erase one's account for good, or, as the owner, somebody's: the server closes their connections."""
        return await self._client.ask(EraseAccount(id=id or new_id(), confirm=True, user=user))

    async def erase_alert(self, alert: str, *, id: str | None = None) -> Ok:
        """Leave nothing of what one said in an alert of one's own; if it is active, it ends."""
        return await self._client.ask(EraseAlert(id=id or new_id(), alert=alert))

    async def export(self) -> list[dict[str, Any]]:
        """All that is stored on oneself."""
        items: list[dict[str, Any]] = []
        part: int | None = 0
        while part is not None:
            answer = await self._client.inquire(ExportMe(id=new_id(), part=part), ExportPart)
            items += answer.items
            part = answer.next
        return items

    async def preferences(self) -> Preferences:
        return await self._client.inquire(AskPreferences(id=new_id()), Preferences)

    async def consents(self) -> tuple[ConsentEntry, ...]:
        """Every entry of one's ledger, oldest first."""
        return (await self._client.inquire(AskConsents(id=new_id()), Consents)).entries
