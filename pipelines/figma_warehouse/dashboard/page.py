"""What all pages have in common: the masthead, sections, headline numbers and what stands in for what is missing.

Names come from outside: they get into a sentence through `named`, and are text there.
"""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import marimo as mo

from figma_warehouse.dashboard import filters
from figma_warehouse.dashboard.page_list import PAGES, DashboardPage, page_named
from figma_warehouse.dashboard.page_mode import OLD_AFTER_DAYS, address, static_folder
from figma_warehouse.dashboard.published_file import Freshness, published_file


@dataclass(frozen=True)
class Figure:
    """One headline number, written out, with what it counts and a remark."""

    value: str
    label: str
    remark: str = ""


def masthead(name: str, fresh: Freshness | None, parameters: Mapping[str, Any]) -> mo.Html:
    """Links to all pages, title, question, data as of; a warning where the data is incomplete.

    `parameters` are those of the address; what all pages share of them goes along with the links.
    """
    page = page_named(name)
    parts = [_navigation(page, filters.shared(parameters)), _heading(page, fresh)]
    if fresh is None:
        parts.append(notice(no_data()))
    elif not fresh.is_conclusive:
        parts.append(_warning(page, fresh))
    return mo.vstack(parts, gap=1)


def section(title: str, explanation: str | None, *shown: Any, past: Iterable[Any] = ()) -> mo.Html:
    """Head what is shown with what it is; both are ours and may be HTML: names in them come through `named`.

    `past` are filters that what is shown does not follow: where one of them is set, the title says so.
    """
    scope = ", in the whole organisation" if any(given.value for given in past) else ""
    words = f'<p class="quiet">{explanation}</p>' if explanation else ""
    return mo.vstack([mo.Html(f'<h2 class="section">{title}{scope}</h2>{words}'), *shown], gap=0.75)


def figures(*numbers: Figure) -> mo.Html:
    """Show headline numbers side by side."""
    return mo.Html(
        '<dl class="figures">'
        + "".join(
            f"<div><dt>{html.escape(number.label)}</dt><dd>{html.escape(number.value)}</dd>"
            f'<dd class="remark" dir="auto">{html.escape(number.remark)}</dd></div>'
            for number in numbers
        )
        + "</dl>"
    )


def named(sentence: str, *names: str) -> str:
    """Put names from outside into a sentence, as text."""
    return sentence.format(*(f'<bdi class="name">{html.escape(name)}</bdi>' for name in names))


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun, in the plural where it is not one: many, else one with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def nothing_found(what: str) -> mo.Html:
    """Stand in for a table or chart without rows."""
    return notice(html.escape(what))


def missing(title: str, what: str) -> mo.Html:
    """Stand in for a section whose model the published file lacks."""
    return section(
        title,
        None,
        notice(
            f"{what} is not in this warehouse: it was published by an older version. "
            "The next <code>figma-warehouse run</code> adds it."
        ),
    )


def notice(words: str, kind: str = "neutral") -> mo.Html:
    """Set words of ours apart, `neutral` or as a `warning`; they may be HTML."""
    return mo.Html(f'<div class="notice {kind}" role="note">{words}</div>')


def no_data() -> str:
    """Say that nothing is published, and what to do."""
    place = html.escape(str(published_file()))
    return (
        "<strong>There is no data yet.</strong> Load your files with <code>figma-warehouse run</code>, or see a "
        f"sample organisation with <code>make demo</code>; then reload this page. It reads <code>{place}</code>."
    )


def as_of(fresh: Freshness, day: str = "%-d %B %Y") -> str:
    """Say when the data was loaded and how much of it is current."""
    moment = fresh.as_of
    when = "an unknown time"
    if moment:
        when = f'<time class="as-of" datetime="{moment.isoformat()}">{moment.strftime(f"{day}, %H:%M")} UTC</time>'
    files = counted(fresh.files_expected, "file at its", "files at their")
    return f"Data as of {when} · {fresh.files_current:,} of {files} current version"


def old_notice(days: int | None) -> str:
    """Warn that the data is that many days old; without a number hidden, until AGE_SCRIPT knows it."""
    hidden = " hidden" if days is None else ""
    return (
        f'<div class="notice warning old" role="note"{hidden}><strong>The data is <span class="days">'
        f"{counted(days or 0, 'day')}</span> old.</strong> Nothing newer has reached this page; "
        "<code>figma-warehouse status</code> says why.</div>"
    )


def _navigation(current: DashboardPage, parameters: str) -> mo.Html:
    home = f'<a href="{"index.html" if static_folder() else "../"}">Figma warehouse</a>'
    links = [
        f'<a aria-current="page" href="{address(page.name)}{parameters}">{page.title}</a>'
        if page == current
        else f'<a href="{address(page.name)}{parameters}">{page.title}</a>'
        for page in PAGES
    ]
    return mo.Html(f'<nav class="pages" aria-label="Pages">{home}{"".join(links)}</nav>')


def _heading(page: DashboardPage, fresh: Freshness | None) -> mo.Html:
    said = f'<p class="quiet">{as_of(fresh)}</p>{_age(fresh)}' if fresh else ""
    return mo.Html(
        f'<header class="heading"><h1>{page.title}</h1><p class="question">{page.question}</p>{said}</header>'
    )


def _age(fresh: Freshness) -> str:
    if fresh.as_of is None:
        return ""
    if static_folder():
        return old_notice(None)
    days = (datetime.now(UTC) - fresh.as_of).days
    return old_notice(days) if days >= OLD_AFTER_DAYS else ""


def _warning(page: DashboardPage, fresh: Freshness) -> mo.Html:
    missing = fresh.files_expected - fresh.files_current
    if not missing:
        words = "The last run could not read every listing. What looks unused may be used."
    else:
        which = "The list below" if page.name == "overview" else f'<a href="{address("overview")}">Overview</a>'
        words = (
            f"{counted(missing, 'file is', 'files are')} not loaded at the current version. {page.caveat} "
            f"{which} says which and why."
        )
    return notice(f"<strong>Inconclusive.</strong> {words}", "warning")
