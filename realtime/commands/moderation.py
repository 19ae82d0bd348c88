"""What the platform's owner decides and looks at: `samverkan admin`."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from realtime.arguments import AS_JSON, example, owner_options, run
from realtime.client import Client
from realtime.client.asking import new_id
from realtime.commands.admin import admin
from realtime.commands.asking import (
    ask,
    do,
    post_options,
    with_client,
    write_private,
)
from realtime.commands.tables import clock, print_json, print_table
from realtime.messages import (
    Accounts,
    AskTransparency,
    Audit,
    AuditLine,
    EraseAccount,
    ExportPart,
    ExportUser,
    Flags,
    Lift,
    ListAccounts,
    ListFlags,
    ListReports,
    ReadAudit,
    ReadExport,
    Reports,
    Resolution,
    SuspendGroup,
    Transparency,
    Withholding,
)
from realtime.suppressing import FEW
from realtime.talking import Line

FILE = click.Path(path_type=Path, dir_okay=False)
DAY_S = 86_400.0
_EXPORT = "samverkan admin export --user bo --reason 'Court order' --case 'K 123-26' --out bo.json"
_REASON = click.option("--reason", required=True, help="Why; whom it concerns is told.")
_SOME_DAYS = click.FloatRange(min=0, min_open=True)
_DAYS = click.option("--days", type=_SOME_DAYS, help="For so long.  [default: until it is lifted]")


# --- for the owner ---------------------------------------------------------------------------------------------------


@admin.command(epilog=example("samverkan admin reports --all"))
@click.option("--group", help="Of this group only.")
@click.option("--all", "everything", is_flag=True, help="Also what a group still has time to look at.")
@AS_JSON
@owner_options
def reports(line: Callable[[], Line], group: str | None, everything: bool, as_json: bool) -> None:
    """What is reported and appealed, the oldest first."""
    found = ask(line, ListReports(id=new_id(), group=group, all=everything), Reports)
    if as_json:
        print_json(found)
        return
    print_table(
        ("report", "since", "what", "whose", "where", "said", "reason"),
        [
            (
                each.report,
                clock(each.at) + (" overdue" if each.overdue else ""),
                each.category + (" (the author)" if each.about_author else ""),
                each.user,
                each.alert or f"{each.group} {each.seq}",
                each.said,
                each.reason or "",
            )
            for each in found.reports
        ],
    )
    if found.appeals:
        print_table(
            ("appeal", "since", "of", "whose", "decided by", "why", "says"),
            [(a.appeal, clock(a.at), a.action, a.user, a.by, a.reason, a.text) for a in found.appeals],
        )


@admin.command(epilog=example("samverkan admin resolve REPORT remove --reason 'No politics here.'"))
@click.argument("report")
@click.argument("action", type=click.Choice(get_args(Resolution)))
@_REASON
@_DAYS
@owner_options
def resolve(line: Callable[[], Line], report: str, action: Resolution, reason: str, days: float | None) -> None:
    """Decide a REPORT, or an appeal.

    An appeal is dismissed or granted; --days goes with suspend.
    """
    do(line, lambda client: client.resolve(report, action, reason, until=_until(days)))


@admin.command(epilog=example("samverkan admin remove --alert ALERT --reason 'It names a person.'"))
@post_options
@_REASON
@owner_options
def remove(line: Callable[[], Line], alert: str | None, group: str | None, seq: int | None, reason: str) -> None:
    """Remove a post for everybody who has it."""
    _moderate(line, "remove", alert, group, seq, reason)


@admin.command(epilog=example("samverkan admin hide --alert ALERT --reason 'Being looked at.'"))
@post_options
@_REASON
@owner_options
def hide(line: Callable[[], Line], alert: str | None, group: str | None, seq: int | None, reason: str) -> None:
    """Hide the words of a post until it is looked at."""
    _moderate(line, "hide", alert, group, seq, reason)


@admin.command(epilog=example("samverkan admin show --alert ALERT --reason 'All is well.'"))
@post_options
@_REASON
@owner_options
def show(line: Callable[[], Line], alert: str | None, group: str | None, seq: int | None, reason: str) -> None:
    """Show again what was hidden, or take a flag off."""
    _moderate(line, "show", alert, group, seq, reason)


@admin.command(epilog=example("samverkan admin suspend bo --days 7 --reason 'Threats.'"))
@click.argument("whose", metavar="USER", required=False)
@click.option("--group", help="A group, instead of an account.")
@_REASON
@_DAYS
@owner_options
def suspend(line: Callable[[], Line], whose: str | None, group: str | None, reason: str, days: float | None) -> None:
    """Bar an account, USER, or a group.

    An account's connections close at once.
    """
    _either(whose, group)
    if whose is not None:
        do(line, lambda client: client.suspend(whose, reason, until=_until(days)))
    elif group is not None:
        request = SuspendGroup(id=new_id(), group=group, reason=reason, until=_until(days))
        do(line, lambda client: client.ask(request))


@admin.command(epilog=example("samverkan admin lift bo --reason 'It was his brother.'"))
@click.argument("whose", metavar="USER", required=False)
@click.option("--group", help="A group, instead of an account.")
@_REASON
@owner_options
def lift(line: Callable[[], Line], whose: str | None, group: str | None, reason: str) -> None:
    """End the suspension of an account, USER, or of a group."""
    _either(whose, group)
    do(line, lambda client: client.ask(Lift(id=new_id(), user=whose, group=group, reason=reason)))


@admin.command(epilog=example("samverkan admin audit --limit 50"))
@click.option("--group", help="What was decided in this group.  [default: everywhere]")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True, help="So many lines.")
@click.option("--before", type=click.IntRange(0), help="Those before this one.")
@AS_JSON
@owner_options
def audit(line: Callable[[], Line], group: str | None, limit: int, before: int | None, as_json: bool) -> None:
    """Who decided what, when and why; the latest first."""
    found = ask(line, ReadAudit(id=new_id(), group=group, limit=limit, before=before), Audit)
    if as_json:
        print_json(found)
        return
    print_table(
        ("seq", "when", "by", "what", "reason", "about"),
        [
            (
                str(each.seq),
                clock(each.at),
                each.by,
                each.what,
                each.reason or "",
                ", ".join(f"{name} {value}" for name, value in _about(each).items()),
            )
            for each in found.lines
        ],
    )


def _about(line: AuditLine) -> dict[str, str]:
    """Whom and what it concerns, without what has a column of its own."""
    whom = {} if line.user is None else {"user": line.user}
    return whom | {name: value for name, value in line.about.items() if name not in ("by", "at")}


@admin.command(epilog=example("samverkan admin flags"))
@AS_JSON
@owner_options
def flags(line: Callable[[], Line], as_json: bool) -> None:
    """Public alerts that look wrong; they went out all the same."""
    found = ask(line, ListFlags(id=new_id()), Flags)
    if as_json:
        print_json(found)
        return
    rows = [(f.alert, clock(f.at), ", ".join(f.why), f.level or "", f.said or "") for f in found.flags]
    print_table(("alert", "since", "why", "level", "said"), rows)


@admin.command(epilog=example("samverkan admin users"))
@AS_JSON
@owner_options
def users(line: Callable[[], Line], as_json: bool) -> None:
    """Accounts about which there is something to know.

    Those that are suspended or seem to probe, or about which something was decided or is reported.
    """
    found = ask(line, ListAccounts(id=new_id()), Accounts)
    if as_json:
        print_json(found)
        return
    rows = []
    for each in found.accounts:
        ends = "until lifted" if each.until is None else f"until {clock(each.until)}"
        rows.append(
            (
                each.user,
                ends if each.suspended else "",
                each.reason or "",
                str(each.decisions),
                str(each.reports),
                "yes" if each.probing else "",
            )
        )
    print_table(("user", "suspended", "why", "decisions", "open reports", "probing"), rows)


@admin.command(epilog=example(_EXPORT))
@click.option("--user", "whose", required=True, help="Whose data.")
@_REASON
@click.option("--case", required=True, help="The authority's own name for it.")
@click.option("--silent", is_flag=True, help="A law forbids that the person is told; it stands in the audit trail.")
@click.option("--out", type=FILE, required=True, help="Where to put the file; it must not be there.")
@owner_options
def export(line: Callable[[], Line], whose: str, reason: str, case: str, silent: bool, out: Path) -> None:
    """Put all that is stored on one person into a JSON file.

    The law must demand it: the case is kept in the audit trail.
    """
    if out.exists():
        raise click.UsageError(f"{out} is there already")

    async def collect(client: Client) -> None:
        begun = await client.ask(ExportUser(id=new_id(), user=whose, reason=reason, case=case, silent=silent))
        items: list[dict[str, Any]] = []
        part: int | None = 0
        while part is not None:
            asked = ReadExport(id=new_id(), export=begun.export or "", part=part)
            answer = await client.inquire(asked, ExportPart)
            items += answer.items
            part = answer.next
        document = {"user": whose, "case": case, "exported_at": time.time(), "items": items}
        await asyncio.to_thread(write_private, out, json.dumps(document, ensure_ascii=False, indent=1))
        click.echo(f"ok: {len(items)} items in {out}")

    run(lambda: with_client(line(), collect))


@admin.command(epilog=example("samverkan admin erase bo"))
@click.argument("whose", metavar="USER")
@click.option("--yes", is_flag=True, help="Ask no more: there is no way back.")
@owner_options
def erase(line: Callable[[], Line], whose: str, yes: bool) -> None:
    """Erase somebody's account, and all that was theirs, for good.

    Whoever issues their tokens must do the same: with a valid one they come back as somebody new.
    """
    if not yes:
        click.confirm(f"Everything of {whose} goes, and there is no way back. Erase it?", abort=True)
    do(line, lambda client: client.ask(EraseAccount(id=new_id(), confirm=True, user=whose)))


@admin.command(epilog=example("samverkan admin transparency --json"))
@AS_JSON
@owner_options
def transparency(line: Callable[[], Line], as_json: bool) -> None:
    """How much is reported and decided, by month.

    Anyone may know it.
    """
    found = ask(line, AskTransparency(id=new_id()), Transparency)
    if as_json:
        print_json(found)
        return
    names = ("reports", "removals", "suspensions", "appeals")
    rows = [(m.month, *(_few(getattr(m, name)) for name in names)) for m in found.months]
    print_table(("month", *names), rows)


# --- how -------------------------------------------------------------------------------------------------------------


def _moderate(
    line: Callable[[], Line], action: Withholding, alert: str | None, group: str | None, seq: int | None, reason: str
) -> None:
    if (alert is None) == (group is None or seq is None):
        raise click.UsageError("either --alert, or --group and --seq")
    do(line, lambda client: client.moderate(action, reason, alert=alert, group=group, seq=seq))


def _either(user: str | None, group: str | None) -> None:
    if (user is None) == (group is None):
        raise click.UsageError("either a USER or a --group")


def _until(days: float | None) -> float | None:
    return None if days is None else time.time() + days * DAY_S


def _few(count: int | None) -> str:
    return FEW if count is None else str(count)
