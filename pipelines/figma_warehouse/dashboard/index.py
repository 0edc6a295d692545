"""The index: how fresh the data is, and what each page answers."""

import html
from collections.abc import Mapping

from figma_warehouse.dashboard.page import as_of, counted, no_data, old_notice
from figma_warehouse.dashboard.page_list import DashboardPage
from figma_warehouse.dashboard.page_mode import AGE_SCRIPT
from figma_warehouse.dashboard.published_file import published_file
from figma_warehouse.dashboard.summary import Line, Summary

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
    --text: #11181c; --page: #fff; --quiet: #565b64; --line: #b9bec7; --ground: #f5f6f8;
    --warned: #8a4b00; --warned-ground: #fff6e5 }
@media (prefers-color-scheme: dark) {
    :root { --text: #eceeed; --page: #181c1a; --quiet: #b3b8c2; --line: #5a606a; --ground: #24272c;
        --warned: #ffc266; --warned-ground: #33260f }
}
body { max-width: 46rem; margin: 8vh auto; padding: 0 1.5rem }
h1 { margin-bottom: .2rem }
p { margin: 0 }
.quiet { color: var(--quiet) }
.notice { padding: .75rem 1rem; border: 1px solid var(--line); border-left-width: 4px; border-radius: .4rem;
    background: var(--ground); margin-top: 1rem }
.notice.warning { border-color: var(--warned); background: var(--warned-ground) }
.notice a { color: inherit }
.old:not([hidden]) + .notice { display: none }
code { overflow-wrap: anywhere }
ul { list-style: none; padding: 0 }
li a { color: inherit; text-decoration: none; display: block; padding: .8rem 1.25rem; margin: .6rem 0;
    border: 1px solid var(--line); border-radius: .6rem }
li a:hover, a:focus-visible { border-color: currentColor; outline: 1px solid currentColor }
strong, li span { display: block }
.notice strong { display: inline }
.answer { margin-top: .2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden }
"""


def index_page(addresses: Mapping[DashboardPage, str], summary: Summary) -> str:
    """Return the page that leads to all others: what the data is of, what is wrong with it, what each page answers."""
    overview = next(address for page, address in addresses.items() if page.name == "overview")
    cards = "".join(_card(page, address, summary.answers.get(page.name)) for page, address in addresses.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<link rel="icon" href="data:,">'
        f"<title>Figma warehouse</title><style>{STYLE}</style>{AGE_SCRIPT}"
        f"<main><h1>Figma warehouse</h1>{_state(summary, overview)}<ul>{cards}</ul></main></html>"
    )


def _card(page: DashboardPage, address: str, answer: Line | None) -> str:
    answered = f'<span class="answer">{answer.html()}</span>' if answer else ""
    return (
        f'<li><a href="{address}"><strong>{html.escape(page.title)}</strong>'
        f'<span class="quiet">{html.escape(page.question)}</span>{answered}</a></li>'
    )


def _state(summary: Summary, overview: str) -> str:
    """Say how fresh the data is, and the first thing that is wrong with it."""
    if not summary.is_readable:
        return _notice(_unreadable(), "warning")
    if summary.fresh is None:
        return _notice(no_data())
    missing = summary.fresh.files_expected - summary.fresh.files_current
    notice = ""
    if summary.has_failed:
        notice = _notice("The last run failed. <code>figma-warehouse status</code> says why.", "warning")
    elif missing:
        files = counted(missing, "file is", "files are")
        notice = _notice(f'{files} not at the current version. <a href="{overview}">Overview</a> says why.')
    return f'<p class="quiet">{as_of(summary.fresh, "%A %-d %B %Y")}</p>{old_notice(None)}{notice}'


def _unreadable() -> str:
    place = html.escape(str(published_file()))
    return (
        f"<strong>The data cannot be read now.</strong> Another program holds <code>{place}</code>, or it is damaged; "
        "the next <code>figma-warehouse run</code> publishes it anew."
    )


def _notice(words: str, kind: str = "neutral") -> str:
    return f'<div class="notice {kind}" role="note">{words}</div>'
