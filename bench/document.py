"""A report as one HTML file that stands alone: text, tables and pictures, no script, nothing to load from elsewhere."""

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape

from bench.promises import Judged

SIGNS = {"met": "✓ met", "missed": "✗ missed", "unproven": "? not proven", "elsewhere": "– not in this run"}

STYLE = """
:root { color-scheme: light; --ink: #1f2933; --quiet: #52606d; --line: #d9e2ec; --good: #1b7f4d; --bad: #b3261e;
  --open: #9a6700; --paper: #f7f9fb; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.2rem 1rem 3rem; }
h1 { font-size: 1.65rem; line-height: 1.2; margin: .3rem 0 .2rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.4rem 0 .5rem; padding-top: .9rem;
  border-top: 2px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .5rem 0; }
.quiet, figcaption, .note { color: var(--quiet); font-size: .88rem; line-height: 1.45; }
.verdict { border-left: .4rem solid var(--good); background: #fff; padding: .8rem 1rem; margin: 1rem 0;
  font-size: 1.05rem; border-radius: .3rem; box-shadow: 0 1px 2px #0001; }
.verdict.bad { border-color: var(--bad); } .verdict.open { border-color: var(--open); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.card { background: #fff; border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .75rem; }
.card b { display: block; font-size: 1.35rem; line-height: 1.25; } .card span { font-size: .84rem; color: var(--quiet);
  line-height: 1.35; display: block; }
table { border-collapse: collapse; width: 100%; background: #fff; font-size: .92rem; margin: .6rem 0; }
th, td { text-align: left; padding: .42rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .8rem; color: var(--quiet); font-weight: 600; }
table.promises { table-layout: fixed; } .promises th:nth-child(1) { width: 38%; }
.promises th:nth-child(2) { width: 17%; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.met { color: var(--good); font-weight: 600; white-space: nowrap; } .missed { color: var(--bad); font-weight: 700; }
.unproven { color: var(--open); font-weight: 600; } .elsewhere { color: var(--quiet); }
figure { margin: .8rem 0; background: #fff; border: 1px solid var(--line); border-radius: .4rem; padding: .6rem; }
figure img { width: 100%; max-width: 44rem; height: auto; display: block; margin: 0 auto; }
figcaption { margin-top: .4rem; }
code { font: .86em/1.4 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; background: #eef2f6;
  padding: 0 .25em; border-radius: .2em; overflow-wrap: anywhere; }
li { margin: .3rem 0; }
@media (max-width: 36rem) {
  body { font-size: 15px; } h1 { font-size: 1.35rem; }
  table.stacked thead { display: none; }
  table.stacked tr { display: block; border-bottom: 2px solid var(--line); padding: .35rem 0; }
  table.stacked td { display: block; border: 0; padding: .1rem .6rem; }
}
@media print { body { background: #fff; } figure, table, .card { break-inside: avoid; } }
"""


def document(title: str, parts: Iterable[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def heading(text: str) -> str:
    return f"<h2>{code(text)}</h2>"


def paragraph(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{code(text)}</p>' if kind else f"<p>{code(text)}</p>"


def verdict(text: str, kind: str) -> str:
    """The sentence that everything else is about; `kind` is good, bad or open."""
    return f'<p class="verdict {kind}">{code(text)}</p>'


def cards(of: Sequence[tuple[str, str]]) -> str:
    """Some figures, each with what it means."""
    inner = "".join(f'<div class="card"><b>{code(figure)}</b><span>{code(what)}</span></div>' for figure, what in of)
    return f'<div class="cards">{inner}</div>'


def picture(png: bytes, words: str, caption: str) -> str:
    """`words` say what is to be seen, for who cannot see it."""
    data = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{escape(words)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{code(caption)}</figcaption></figure>"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is text, the others are numbers."""
    top = "".join(f"<th>{code(name)}</th>" for name in head)
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=number' if column else ''}>{code(cell)}</td>" for column, cell in enumerate(cells))
        + "</tr>"
        for cells in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Things and what they are."""
    body = "".join(f"<tr><td>{code(name)}</td><td>{code(what)}</td></tr>" for name, what in rows)
    return f'<table class="stacked"><tbody>{body}</tbody></table>'


def items(of: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{code(one)}</li>" for one in of) + "</ul>"


def promises(rows: Iterable[Judged]) -> str:
    """The verdicts."""
    body = "".join(
        f"<tr><td><b>{code(one.name)}</b> {code(one.promise.text)}</td>"
        f'<td class="{one.state}">{SIGNS[one.state]}</td><td>{_found(one)}</td></tr>'
        for one in rows
    )
    head = "<thead><tr><th>promise</th><th>verdict</th><th>found, and allowed</th></tr></thead>"
    return f'<table class="stacked promises">{head}<tbody>{body}</tbody></table>'


def _found(one: Judged) -> str:
    if one.state == "elsewhere":
        command = one.note.startswith(("python", "samverkan"))
        return (
            f'<span class="note">{"run " if command else ""}<code>{escape(one.note)}</code></span>'
            if command
            else (f'<span class="note">{code(one.note)}</span>')
        )
    counted = f" ({one.count:,} measured)" if one.count else ""
    note = f'<br><span class="note">{code(one.note)}</span>' if one.note else ""
    return f"{code(one.found)}{counted}<br><span class=note>at most {code(one.allowed)}</span>{note}"


def code(words: str) -> str:
    """As HTML; what stands between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(words))
