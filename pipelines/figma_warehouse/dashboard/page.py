"""The parts that pages share: the masthead, sections, headline numbers, and notices in place of missing data.

Plain strings become text. Only `Markup` is HTML, and names from outside get into it as text, through `named`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import marimo as mo
from markupsafe import Markup

from figma_warehouse.dashboard.gaps import Gaps, gaps
from figma_warehouse.dashboard.published_file import Freshness, is_outdated, published_file
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.dashboard.site_map import (
    PAGES,
    DashboardPage,
    carried_parameters,
    index_address,
    page_address,
    page_named,
    static_folder,
)
from figma_warehouse.dashboard.templating import counted as counted
from figma_warehouse.dashboard.templating import macros, output, render
from figma_warehouse.dashboard.templating import named as named

OLD_AFTER_DAYS = 2


@dataclass(frozen=True)
class Figure:
    """A headline number as text, what it counts, and a remark."""

    value: str
    label: str
    remark: str = ""


def masthead(name: str, fresh: Freshness | None, parameters: Mapping[str, Any]) -> mo.Html:
    """Links to all pages, title, question, and "data as of", with a warning if the data is old or incomplete.

    `parameters` are the query parameters of the page; the links keep the filters that apply on every page.
    """
    return output(masthead_html(page_named(name), fresh, parameters, lacking(fresh)))


def lacking(fresh: Freshness | None) -> Gaps:
    """Return what the figures lack, as every page says it."""
    return gaps() if fresh and not fresh.is_conclusive else Gaps()


def masthead_html(shown: DashboardPage, fresh: Freshness | None, parameters: Mapping[str, Any], lacks: Gaps) -> Markup:
    """Return `masthead` of a page as HTML, also of a page that is not among PAGES."""
    carried = carried_parameters(parameters)
    return render(
        "masthead.html",
        page=shown,
        pages=PAGES,
        addresses={page.name: page_address(page.name, carried) for page in PAGES},
        index_address=index_address(),
        fresh=fresh,
        gaps=lacks,
        is_outdated=fresh is None and is_outdated(),
        is_exported=static_folder() is not None,
        old_after_days=OLD_AFTER_DAYS,
        days_old=_days_old(fresh),
        published_file=published_file(),
    )


def section(title: str, explanation: str | None, *shown: Any, ignored: Selection | None = None) -> mo.Html:
    """Head what is shown with a title and an explanation.

    If what is shown ignores the team or folder of a selection, the title says that it is of the whole organisation.
    """
    is_whole = ignored is not None and ignored.is_part
    heading = render("section.html", title=title, explanation=explanation, is_whole=is_whole)
    return mo.vstack([output(heading), *shown], gap=0.75)


def figures(*numbers: Figure) -> mo.Html:
    """Show headline numbers side by side."""
    return output(render("figures.html", figures=numbers))


def notice(words: str, kind: str = "neutral") -> mo.Html:
    """Set words apart, as a `neutral` notice or a `warning`."""
    return output(macros("notices.html").notice(kind, caller=lambda: words))


def missing(title: str | None = None) -> mo.Html:
    """Stand in for a section, or without a title for a part of it, whose table or column the published file lacks."""
    words = output(render("missing.html"))
    return section(title, None, words) if title else words


def html(text: str) -> Markup:
    """Mark text of ours, never a name from outside, as HTML."""
    return Markup(text)  # noqa: S704  # text of ours


def _days_old(fresh: Freshness | None) -> int | None:
    """Return how many days old the data is, or None if it is not old or its age is unknown."""
    if fresh is None or fresh.as_of is None:
        return None
    days = (datetime.now(UTC) - fresh.as_of).days
    return days if days >= OLD_AFTER_DAYS else None
