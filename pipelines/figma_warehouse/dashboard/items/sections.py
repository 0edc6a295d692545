"""Sections of the pages of items. Each query answers for many items at once, so that an export is fast."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from markupsafe import Markup

from figma_warehouse.dashboard import published_file, tables
from figma_warehouse.dashboard.templating import counted, render

MAX_ROWS = 100

Rows = Mapping[str, pl.DataFrame]
Title = Callable[[pl.DataFrame], str]


@dataclass(frozen=True)
class Section:
    """A table of a page.

    `query` gives the rows of all items in `$keys`, a JSON list, in the order in which they are shown; its column `item`
    is the key of the item. `needs` are the tables and columns that it reads, as of `published_file.has`. `title` gets
    the rows. `lists` names the rows, as a noun in the plural. `finish` adds columns to the rows that are shown; `draw`
    returns what stands in place of a table.
    """

    title: Title
    explanation: str
    query: str
    headings: Mapping[str, str]
    needs: tuple[str, ...]
    lists: str
    cells: tables.Cells = field(default_factory=dict)
    finish: Callable[[pl.DataFrame], pl.DataFrame] = lambda rows: rows
    draw: Callable[[pl.DataFrame], Markup] | None = None
    # a setting loads its rows: without rows, the page does not say that there are none
    is_optional: bool = False


def number_of(one: str, many: str | None = None, total: str | None = None) -> Title:
    """Return a title that counts the rows, or sums the column `total`."""
    return lambda rows: counted(rows.height if total is None else int(rows[total].sum()), one, many)


def answer(query: str, keys: Sequence[str]) -> Rows:
    """Return the rows of a query for each item that has some, by its key."""
    # a list as JSON, because DuckDB takes its time to convert each string of a Python list
    rows = published_file.ask(query, keys=json.dumps(list(keys)))
    return {str(key): part for (key,), part in rows.partition_by("item", as_dict=True, include_key=False).items()}


def single_row(query: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the first row of a query for each item that has one, by its key."""
    return {key: rows.row(0, named=True) for key, rows in answer(query, keys).items()}


def section_html(section: Section, rows: pl.DataFrame) -> Markup:
    """Return a section as HTML; of many rows, the first ones."""
    shown = section.finish(rows.head(MAX_ROWS))
    body = section.draw(rows) if section.draw else tables.whole_table(shown, section.headings, section.cells)
    rest = f"The first {MAX_ROWS:,} of {rows.height:,} rows are shown." if rows.height > MAX_ROWS else ""
    heading = render("section.html", title=section.title(rows), explanation=section.explanation, is_whole=False)
    return render("item_section.html", heading=heading, body=body, rest="" if section.draw else rest)


def enumerated(nouns: Sequence[str]) -> str:
    """Return nouns as an enumeration that ends with `or`; "" if there are none."""
    return " or ".join([part for part in (", ".join(nouns[:-1]), *nouns[-1:]) if part])
