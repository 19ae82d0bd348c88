"""What the owner looks at after the fact, and what anyone may know: flags, accounts, and counts."""

from collections import Counter
from typing import Final

from realtime.clock import Clock
from realtime.delivery.hub import Hub
from realtime.messages import (
    Account,
    Accounts,
    AskTransparency,
    FlaggedPost,
    Flags,
    ListAccounts,
    ListFlags,
    MonthCounts,
    Transparency,
)
from realtime.service.access import Access
from realtime.service.acts import required_id
from realtime.service.caller import Caller
from realtime.service.moderation.conduct import suspension_of
from realtime.service.moderation.probing import Probing
from realtime.suppressing import published
from storage.facts import Decision, Flag, MonthTally, OddAlerts, Report, Suspension
from storage.forgetting import NOBODY

_LISTED: Final = 200


class Overseeing:
    """Looks at one world; changes nothing."""

    def __init__(self, hub: Hub, clock: Clock, access: Access, probing: Probing) -> None:
        self._hub = hub
        self._probing = probing
        self._clock = clock
        self._access = access

    def flags(self, caller: Caller, message: ListFlags) -> None:
        id = required_id(message)
        self._access.require_owner(caller.identity, message)
        shown = []
        for flag in sorted(self._hub.facts.of(Flag).values(), key=lambda flag: -flag.at)[:_LISTED]:
            record = self._hub.alerts.record(flag.alert)
            alert = None if record is None else record.alert
            said = (
                None
                if alert is None
                else ": ".join(words for words in (alert.headline, alert.what, alert.text) if words)
            )
            level = None if alert is None else alert.level
            shown.append(FlaggedPost(alert=flag.alert, at=flag.at, why=flag.why, level=level, said=said or None))
        caller.answer(Flags(id=id, flags=tuple(shown)))

    def accounts(self, caller: Caller, message: ListAccounts) -> None:
        """Who is suspended or seems to probe, and about whom something was decided or is reported; nobody else."""
        id, facts, now = required_id(message), self._hub.facts, self._clock.now()
        self._access.require_owner(caller.identity, message)
        decisions = Counter(decision.user for decision in facts.of(Decision).values())
        reports = Counter(report.author for report in facts.of(Report).values())
        shown = []
        probing = {user for user in facts.of(OddAlerts) if self._probing.is_seen(user, now)}
        for user in sorted({*facts.of(Suspension), *decisions, *reports, *probing} - {NOBODY})[:_LISTED]:
            bar = suspension_of(self._hub, user, now)
            shown.append(
                Account(
                    user=user,
                    suspended=bar is not None,
                    until=None if bar is None else bar.until,
                    reason=None if bar is None else bar.reason,
                    decisions=decisions[user],
                    reports=reports[user],
                    probing=user in probing,
                )
            )
        caller.answer(Accounts(id=id, accounts=tuple(shown)))

    def transparency(self, caller: Caller, message: AskTransparency) -> None:
        """Anyone may know how much is moderated, but not so little that it could be somebody."""
        months = sorted(self._hub.facts.of(MonthTally).values(), key=lambda tally: tally.month)
        shown = (
            MonthCounts(
                month=tally.month,
                reports=_rounded(tally.reports),
                removals=_rounded(tally.removals),
                suspensions=_rounded(tally.suspensions),
                appeals=_rounded(tally.appeals),
            )
            for tally in months
        )
        caller.answer(Transparency(id=required_id(message), months=tuple(shown)))


def _rounded(count: int) -> int | None:
    told = published(count)
    return told if isinstance(told, int) else None
