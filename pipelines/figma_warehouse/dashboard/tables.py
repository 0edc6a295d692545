"""Tables: sorted and paged by the server, or whole on an exported page; each with a CSV to download.

Names come from outside and become text here. marimo's tables would turn any address in a plain string into a link, or
even load it, so they get each string as escaped HTML.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import marimo as mo
import polars as pl
from markupsafe import Markup, escape

from figma_warehouse.dashboard import item_links as links
from figma_warehouse.dashboard import page
from figma_warehouse.dashboard.known_items import known_keys
from figma_warehouse.dashboard.site_map import static_folder
from figma_warehouse.dashboard.templating import macros, output, render
from figma_warehouse.job.export import safe_csv

FIGMA = "https://www.figma.com/"
PICTURE = "asset"
# columns of addresses in Figma: `url` opens what the row is about, `instance` one of its instances
LINKS = ("url", "instance", "branch_url", "replacement_url")
# tells Excel that a CSV is in UTF-8
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PAGE_SIZE = 10
NARROW, SHORT = 84, 100
# letters of a heading that fit into SHORT pixels beside the sort button, and the pixels that each further letter needs
MAX_LETTERS, LETTER = 11, 8
# letters of a heading and of a value that fit into NARROW pixels
MAX_LETTERS_OF_NARROW_HEADING, MAX_LETTERS_OF_NARROW_VALUE = 6, 8
MAX_STATIC_ROWS = 500
# a key of Figma, and the letters of it that a page shows
KEY = re.compile(r"[0-9a-f]{40}")
LETTERS_OF_KEY = 8

Cells = Mapping[str, Callable[[Any], mo.Html]]


@dataclass(frozen=True)
class StaticColumn:
    """A heading of an exported table."""

    heading: str
    is_number: bool


@dataclass(frozen=True)
class StaticCell:
    """A cell of an exported table: its HTML, and the text that the browser sorts it by."""

    shown: Markup
    sorted_by: str
    is_number: bool


def table(
    rows: pl.DataFrame,
    headings: Mapping[str, str],
    cells: Cells | None = None,
    selected: int | None = None,
    choose: Callable[[dict[str, Any]], None] | None = None,
    keys: Mapping[str, str] | None = None,
) -> mo.Html:
    """Show the columns of `headings` under their headings; `cells` draws the values of a column.

    A column without any value is left out. With `choose`, the reader can choose a row: `choose` gets all columns of it.
    The row at position `selected` is chosen first. Names of components and files lead to their pages: `keys` is that of
    links.linked_columns.
    """
    if static_folder():
        return output(whole_table(rows.head(MAX_STATIC_ROWS), headings, cells, keys))
    headings = _with_values(rows, headings)
    hidden = [column for column in rows.columns if choose and column not in headings]
    linked = {name: key for name, key in links.linked_columns(rows, keys).items() if name in headings}
    formats = _formats(rows, [*headings, *hidden], cells)
    formats |= {name: links.drawn(links.NAMED[name], formats[name]) for name in linked}
    shown = links.with_keys(rows, linked).select([*headings, *hidden])
    names = {column: headings.get(column, column) for column in shown.columns}
    return mo.ui.table(
        shown.rename(names),
        format_mapping={names[column]: cell for column, cell in formats.items()},
        hidden_columns=hidden,
        text_justify_columns={names[column]: "right" for column, kind in shown.schema.items() if kind.is_numeric()},
        column_widths={names[column]: width for column, width in _widths(rows, headings, cells or {}).items()},
        selection="single" if choose else None,
        initial_selection=None if selected is None or not choose else [selected],
        on_change=None if choose is None else lambda chosen: _call_with_row(choose, chosen, names),
        page_size=PAGE_SIZE,
        pagination=True,
        show_column_summaries=False,
        show_data_types=False,
        show_download=False,
        show_search=False,
    )


def whole_table(
    rows: pl.DataFrame, headings: Mapping[str, str], cells: Cells | None = None, keys: Mapping[str, str] | None = None
) -> Markup:
    """Return a table of all rows, which the browser sorts and searches; else as `table`."""
    headings = _with_values(rows, headings)
    formats = _formats(rows, list(headings), cells)
    is_number = {column: rows.schema[column].is_numeric() for column in headings}
    linked = {name: (key, links.NAMED[name]) for name, key in links.linked_columns(rows, keys).items()}
    known = {kind: known_keys(kind) for _, kind in linked.values()}

    def shown(column: str, row: Mapping[str, Any]) -> Markup:
        key, kind = linked.get(column, ("", ""))
        if key and row[key] in known[kind]:
            return links.name_cell(kind, row[key], row[column])
        return _as_markup(formats[column](row[column]))

    return render(
        "table.html",
        columns=[StaticColumn(heading, is_number[column]) for column, heading in headings.items()],
        rows=(
            [StaticCell(shown(column, row), _sort_text(row[column]), is_number[column]) for column in headings]
            for row in rows.iter_rows(named=True)
        ),
        is_searched=rows.height > PAGE_SIZE,
    )


def with_download(
    rows: pl.DataFrame,
    headings: Mapping[str, str],
    name: str,
    empty: str,
    cells: Cells | None = None,
    all_rows: Callable[[], pl.DataFrame] | None = None,
    selected: int | None = None,
    choose: Callable[[dict[str, Any]], None] | None = None,
    keys: Mapping[str, str] | None = None,
) -> list[mo.Html]:
    """Return a table and its download, or a notice with the words `empty` if there are no rows.

    `all_rows` is asked for the rows of the CSV if the table does not show all of them.
    """
    if rows.is_empty():
        return [page.notice(empty)]
    return [table(rows, headings, cells, selected, choose, keys), download(all_rows or rows, headings, name)]


def left_out(rows: pl.DataFrame, of: int, plural: str) -> str:
    """Say that a table lists the most frequent rows `of` all, if so; an exported page says it beside its CSV."""
    if static_folder() or rows.height == of:
        return ""
    return f" The table lists the {rows.height:,} most frequent of {of:,} {plural}, the CSV all of them."


def invitation(words: str, instead: str, rows: pl.DataFrame, name: str) -> str:
    """Return words that invite the reader to choose a row.

    Nobody can choose one on an exported page: return there the sentence `instead` with the name of the first row.
    """
    if not static_folder():
        return words
    return page.named(instead, rows[name].item(0)) if rows.height else ""


def position(rows: pl.DataFrame, key: str | None) -> int | None:
    """Return the position of the row with that `key`, 0 if no row has it, and None if there are no rows."""
    if rows.is_empty():
        return None
    found = rows["key"].index_of(key) if key is not None else None
    return found or 0


def download(rows: pl.DataFrame | Callable[[], pl.DataFrame], headings: Mapping[str, str], name: str) -> mo.Html:
    """Offer all rows as CSV: built when the reader asks for it, or written beside an exported page."""

    def content() -> pl.DataFrame:
        asked = rows() if callable(rows) else rows
        return asked.select(column for column in headings if column != PICTURE).rename(dict(headings), strict=False)

    if (folder := static_folder()) is not None:
        written = content()
        (folder / f"{name}.csv").write_bytes(BYTE_ORDER_MARK + safe_csv(written))
        return output(render("download.html", rows=written.height, shown=MAX_STATIC_ROWS, name=name))
    button = mo.download(
        data=lambda: BYTE_ORDER_MARK + safe_csv(content()),
        filename=f"{name}.csv",
        mimetype="text/csv",
        label="Download CSV",
    )
    return mo.hstack([button], justify="start")


def text(value: str | None) -> mo.Html:
    """Show any text as it is. A long one is cut, and whole in its tooltip."""
    return output(macros("cells.html").text(value))


def sentence(value: str | None) -> mo.Html:
    """Show words of ours and names in them as text that takes as many lines as it needs."""
    return output(macros("cells.html").sentence(value))


def key(value: str | None) -> mo.Html:
    """Show a key of Figma by its first letters, whole in its tooltip; any other text as it is."""
    return output(macros("cells.html").key(value, short_key(value))) if short_key(value) != value else text(value)


def short_key(value: str | None) -> str | None:
    """Return the first letters of a key of Figma; any other text as it is."""
    return f"{value[:LETTERS_OF_KEY]}…" if value and KEY.fullmatch(value) else value


def link(url: str | None) -> mo.Html:
    """Link to Figma, and to no other site."""
    return output(macros("cells.html").link(url)) if is_figma(url) else text(None)


def web_link(url: str | None) -> mo.Html:
    """Link to an http or https address, which is shown as a whole; show any other as text."""
    return output(macros("cells.html").web_link(url)) if is_web(url) else text(url)


def sample(value: str | None) -> mo.Html:
    """Show a colour (#rrggbbaa) as a swatch and a font ("Inter 14 400") as a specimen, with the value beside it."""
    if re.fullmatch(r"#[0-9a-f]{8}", value or ""):
        return output(macros("cells.html").color(value, str(value).removesuffix("ff")))
    font = re.fullmatch(r"([\w -]+) (\d+)(?:\.\d+)? ([1-9]00)", value or "", re.ASCII)
    if not font:
        return text(value)
    family, size, weight = font.groups()
    return output(macros("cells.html").font(family, min(int(size), 24), weight, value))


def picture(uri: str | None) -> mo.Html:
    """Show a picture from its `data:` URI, or an empty square if there is none; load no other address."""
    if not re.fullmatch(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+", uri or ""):
        return output(macros("cells.html").no_picture())
    return output(macros("cells.html").picture(uri))


def change(fraction: float | None) -> str:
    """Write a fraction as a change in percent, with its sign."""
    return "–" if fraction is None else f"{fraction:+.1%}"


def share(fraction: float | None) -> str:
    """Write a fraction in percent."""
    return "–" if fraction is None else f"{fraction:.1%}"


def points(difference: float | None) -> str:
    """Write a difference of two shares in percentage points, with its sign."""
    if difference is None:
        return "–"
    written = f"{100 * difference:+.1f}"
    return "0.0" if written in ("+0.0", "-0.0") else written


def is_figma(url: str | None) -> bool:
    """Whether an address is on Figma's site and holds nothing that would end an attribute."""
    return re.fullmatch(re.escape(FIGMA) + r"[^\s\"'<>\\]*", url or "") is not None


def is_web(url: str | None) -> bool:
    """Whether an address is one of the web and holds nothing that would end an attribute."""
    return re.fullmatch(r"https?://[^\s\"'<>\\\x00-\x1f\x7f]+", url or "") is not None


def _call_with_row(choose: Callable[[dict[str, Any]], None], chosen: Any, names: Mapping[str, str]) -> None:
    if chosen.height:
        row = chosen.row(0, named=True)
        choose({column: row[name] for column, name in names.items()})


def _with_values(rows: pl.DataFrame, headings: Mapping[str, str]) -> dict[str, str]:
    return {column: heading for column, heading in headings.items() if rows[column].count() or rows.is_empty()}


def _formats(rows: pl.DataFrame, columns: list[str], cells: Cells | None) -> dict[str, Callable[[Any], Any]]:
    return {column: (cells or {}).get(column) or _cell(column, rows.schema[column]) for column in columns}


def _sort_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)[:80]


def _as_markup(cell: Any) -> Markup:
    return Markup(cell.text) if isinstance(cell, mo.Html) else escape(cell)  # noqa: S704  # made by our cells


def _cell(column: str, kind: pl.DataType) -> Callable[[Any], Any]:
    if column in LINKS:
        return link
    if kind == pl.String:
        return text
    if kind.is_temporal():
        return lambda moment: text(moment and f"{moment:%-d %b %Y}")
    if column.endswith("share"):
        return share
    if column.endswith("points"):
        return points
    if column.endswith(("growth", "change")):
        return change
    if kind.is_float():
        return lambda amount: "–" if amount is None else f"{amount:,.2f}"
    return lambda value: "–" if value is None else f"{value:,}"


def _widths(rows: pl.DataFrame, headings: Mapping[str, str], drawn: Cells) -> dict[str, int]:
    widths = {column: _width(rows[column], heading, is_drawn=column in drawn) for column, heading in headings.items()}
    return {column: width for column, width in widths.items() if width}


def _width(values: pl.Series, heading: str, *, is_drawn: bool) -> int | None:
    """Return the width of a column in pixels, or None if its words need the room that is left."""
    if values.name in (PICTURE, *LINKS):
        return NARROW
    if is_drawn or not _is_short(values):
        return None
    if len(heading) <= MAX_LETTERS_OF_NARROW_HEADING and _is_narrow(values):
        return NARROW
    return SHORT + LETTER * max(0, len(heading) - MAX_LETTERS)


def _is_narrow(values: pl.Series) -> bool:
    letters = values.cast(pl.String).str.len_chars().max()
    return isinstance(letters, int) and letters <= MAX_LETTERS_OF_NARROW_VALUE


def _is_short(values: pl.Series) -> bool:
    if values.dtype == pl.String:
        letters = values.str.len_chars().max()
        return isinstance(letters, int) and letters <= MAX_LETTERS + 1
    return values.dtype.is_numeric() or values.dtype.is_temporal() or values.dtype == pl.Boolean
