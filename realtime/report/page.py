"""A report's files: a CSV for each table, the pictures, and one page with all of it."""

import csv
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

import matplotlib

from realtime.report import plots
from realtime.report.tables import Table
from realtime.suppressing import FEW, HIDDEN, LEAST, share

_HALVES: Final = (
    *("levels", "scopes", "early", "outcomes", "weekdays", "kinds", "categories", "soon", "disputed"),
    *("groups", "removals", "reports", "decisions", "active"),
)
_WIDE: Final = ("endings", "reach", "surveys")
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2420; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p.about { color: #56625c; margin-top: .2rem; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 2rem; align-items: start; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: #56625c; font-weight: 600; }
th, td { padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #e3e8e5; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; padding-right: 0; width: 4rem; }
img { max-width: 100%; } tr.total td { border-top: 2px solid #56625c; }
.glance { display: flex; flex-wrap: wrap; gap: .4rem 2.4rem; margin: 1rem 0; }
.glance b { display: block; font-size: 1.7rem; }
@media print { body { margin: 0; } }
"""


def write(folder: Path, title: str, tables: Sequence[Table]) -> Path:
    """Write everything into a folder, which is made; return the page's path. Raises OSError."""
    matplotlib.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        _write_csv(folder / f"{table.name}.csv", table)
    by_name = {table.name: table for table in tables}
    plots.hours(by_name["hours"], folder / "hours.png")
    plots.answers(by_name["answers"], folder / "answers.png")
    plots.by_size(by_name["messages"], by_name["group_alerts"], folder / "groups.png")
    page = folder / "report.html"
    page.write_text(_page(title, by_name), encoding="utf-8")
    return page


def _write_csv(file: Path, table: Table) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(table.columns)
        writer.writerows((*labels, str(number)) for labels, number in table.rows)
        if table.has_total:
            writer.writerow(("total", *[""] * (len(table.columns) - 2), str(table.total)))


def _page(title: str, tables: dict[str, Table]) -> str:
    halves = "\n".join(_table(tables[name]) for name in _HALVES)
    wide = "\n".join(_table(tables[name]) for name in _WIDE if tables[name].rows)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p class="about">Counts without persons, each to the nearest 5; fewer than {LEAST} are told as &lt;{LEAST}, and
some are hidden (–) so that these cannot be
reckoned:
parts need not add up to totals. A picture shows nothing for these.</p>
{_glance(tables)}
{_picture("hours.png", tables["hours"].title)}
{_picture("answers.png", tables["answers"].title)}
{_picture("groups.png", "Activity by the size of the group, everywhere")}
<div class="tables">
{halves}
</div>
<div class="tables">
{wide}
</div>
</body></html>
"""


def _glance(tables: dict[str, Table]) -> str:
    """The answers to what is asked first, from what is told alone; `–` where that is too little."""
    early, outcomes, soon = (dict(tables[name].rows) for name in ("early", "outcomes", "soon"))
    quick = [soon[(within,)] for within in ("1 min", "5 min")]
    numbers = [each for each in quick if isinstance(each, int)]
    cards = (
        (str(tables["levels"].total), "alerts"),
        (share(early[("before",)], tables["early"].total), "raised before it happened"),
        (share(outcomes[("prevented",)], tables["outcomes"].total), "prevented, as the police saw it"),
        (share(sum(numbers), tables["soon"].total) if len(numbers) == len(quick) else "", "answered within 5 minutes"),
    )
    shown = "".join(f"<div><b>{escape(number or HIDDEN)}</b> {escape(what)}</div>" for number, what in cards)
    return f'<div class="glance">{shown}</div>'


def _picture(file: str, title: str) -> str:
    return f'<h2>{escape(title)}</h2><img src="{file}" alt="{escape(title)}">'


def _table(table: Table) -> str:
    total = table.total if table.has_total else ""
    shown = [row for row in table.rows if row[1] != FEW or len(table.rows) <= 8]
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns[:-1])
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(label)}</td>" for label in labels)
        + f'<td class="n">{escape(str(number))}</td><td class="n">{share(number, total)}</td></tr>'
        for labels, number in shown
    )
    hidden = len(table.rows) - len(shown)
    more = f'<tr><td colspan="{len(table.columns) + 1}">and {hidden} of &lt;{LEAST}</td></tr>' if hidden else ""
    width = len(table.columns) - 1
    number = f'<td class="n">{escape(str(table.total))}</td><td></td>'
    last = f'<tr class="total"><td colspan="{width}">total</td>{number}</tr>' if table.has_total else ""
    return (
        f"<section><h2>{escape(table.title)}</h2><table><tr>{head}<th class='n'>{escape(table.columns[-1])}</th>"
        f"<th class='n'>{'share' if table.has_total else ''}</th></tr>{rows}{more}{last}</table></section>"
    )
