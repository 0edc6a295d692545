"""A page of one component, set or file as HTML, the same served and exported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from figma_warehouse.dashboard import definitions, published_file, tables
from figma_warehouse.dashboard.gaps import Gaps
from figma_warehouse.dashboard.items.sections import Section, enumerated, section_html
from figma_warehouse.dashboard.page import Figure, lacking, masthead_html
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.site_map import DashboardPage, index_address, page_address, page_named, static_folder
from figma_warehouse.dashboard.templating import render

CAVEAT = "The page counts loaded files only."
# the folder of the export's own style and scripts
LOOK = "look"


@dataclass(frozen=True)
class Head:
    """What a page says of its item before its sections.

    `place` says what and where the item is, `notes` what to know of it. `url` opens it in Figma; `asset` is its stored
    picture.
    """

    title: str
    place: Markup
    url: str | None
    figures: Sequence[Figure]
    notes: Sequence[Markup] = ()
    asset: str | None = None


@dataclass(frozen=True)
class Frame:
    """What all pages of one kind share: the sections that the published file knows, and the state of the data."""

    kind: str
    sections: Sequence[Section]
    is_partial: bool
    fresh: Freshness | None
    lacks: Gaps


def frame(kind: str, sections: Sequence[Section]) -> Frame:
    """Return the frame of the pages of the published file as it is now."""
    fresh = published_file.freshness()
    known = [section for section in sections if published_file.has(*section.needs)]
    return Frame(kind, known, len(known) < len(sections), fresh, lacking(fresh))


def item_page(frame: Frame, head: Head, rows: Mapping[str, pl.DataFrame]) -> str:
    """Return the page of an item from the rows of each section, by what it lists; a section may have none."""
    shown = DashboardPage(frame.kind, head.title, head.place, CAVEAT)
    return _render(
        "item.html",
        frame.kind,
        masthead=masthead_html(shown, frame.fresh, {}, frame.lacks),
        head=head,
        figures=render("figures.html", figures=head.figures),
        link=Markup(tables.link(head.url).text) if tables.is_figma(head.url) else "",  # noqa: S704  # our own cell
        picture=Markup(definitions.show_picture(head.asset).text) if head.asset else "",  # noqa: S704  # our own cell
        sections=[section_html(section, rows[section.lists]) for section in frame.sections if section.lists in rows],
        without=enumerated(
            [section.lists for section in frame.sections if section.lists not in rows and not section.is_optional]
        ),
        is_partial=frame.is_partial,
    )


def refusal_page(kind: str, words: Markup, back_to: str) -> str:
    """Return a page that says why there is no page of an item, with a link to the page named `back_to`."""
    return _render(
        "item_refusal.html",
        kind,
        words=words,
        index_address=index_address(),
        list_address=page_address(back_to),
        list_title=page_named(back_to).title,
    )


def _render(template: str, kind: str, **values: object) -> str:
    is_exported = static_folder() is not None
    # addresses are relative to the folder of the pages of notebooks, which is below that of the index
    base = "../" if is_exported else f"{kind}/"
    return str(render(template, base=base, look=LOOK, is_exported=is_exported, **values))
