"""`samverkan admin survey`: what the members of an area are asked, and what they have answered."""

from collections.abc import Callable
from datetime import datetime
from typing import get_args

import click

from realtime.arguments import AS_JSON, example, owner_options
from realtime.client.asking import new_id
from realtime.commands.admin import admin
from realtime.commands.asking import ask, do
from realtime.commands.tables import clock, print_json, print_table
from realtime.messages import ListSurveys, Question, ReadSurvey, SurveyList, SurveyResult
from realtime.talking import Line

_PUT = "samverkan admin survey put autumn --area strangnas --control sigtuna --until 2026-12-15"
_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@admin.group(epilog=example("samverkan admin survey list"))
def survey() -> None:
    """Ask the members of an area, once each.

    Nobody is reminded, and answers are counted without a name.
    """


@survey.command(epilog=example(_PUT))
@click.argument("name", metavar="SURVEY")
@click.option("--area", required=True, help="Whose members are asked, by its id.")
@click.option("--control", multiple=True, help="An area to compare with; may be given again.")
@click.option("--until", type=_TIME, required=True, metavar="TIME", help="Like 2026-12-15 or 2026-12-15T18:00.")
@click.option(
    "--question", "asked", type=click.Choice(get_args(Question)), multiple=True, help="[default: all of them]"
)
@owner_options
def put(
    line: Callable[[], Line],
    name: str,
    area: str,
    control: tuple[str, ...],
    until: datetime,
    asked: tuple[Question, ...],
) -> None:
    """Ask the members of an area, under a name of your own, SURVEY.

    Whoever is there or follows a place there is asked when connected, once, until the time given.
    """
    end = until.timestamp()
    do(line, lambda client: client.put_survey(name, area, end, control=control, questions=asked or None))


@survey.command("list", epilog=example("samverkan admin survey list --json"))
@AS_JSON
@owner_options
def list_surveys(line: Callable[[], Line], as_json: bool) -> None:
    """List all surveys, the latest first."""
    found = ask(line, ListSurveys(id=new_id()), SurveyList)
    if as_json:
        print_json(found)
        return
    print_table(
        ("survey", "area", "compared with", "since", "until", "questions"),
        [
            (
                each.survey,
                each.area,
                ", ".join(each.control),
                clock(each.put_at),
                clock(each.until) + (" (over)" if each.over else ""),
                ", ".join(each.questions),
            )
            for each in found.surveys
        ],
    )


@survey.command(epilog=example("samverkan admin survey result autumn"))
@click.argument("name", metavar="SURVEY")
@AS_JSON
@owner_options
def result(line: Callable[[], Line], name: str, as_json: bool) -> None:
    """Tell what was answered to a SURVEY that is over.

    Counts are to the nearest 5; what is fewer, or would tell another, is left out.
    """
    found = ask(line, ReadSurvey(id=new_id(), survey=name), SurveyResult)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each.question,
            each.answer,
            *(_told(each.area, each.area_share), _told(each.control, each.control_share)),
        )
        for each in found.rows
    ]
    print_table(("question", "answer", found.area, "compared with"), rows)


def _told(count: int | None, share: int | None) -> str:
    return "–" if count is None else f"{count}" if share is None else f"{count} ({share} %)"
