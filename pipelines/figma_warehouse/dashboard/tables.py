"""Tables: sorted, searched and paged by the server, or whole on a static page; and taken along as CSV.

Names come from outside. Here they become text and nothing else: marimo's tables would link and even load any address
they find in a plain string, so every string is handed to them as escaped HTML.
"""

import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import marimo as mo
import polars as pl

from figma_warehouse.dashboard import page
from figma_warehouse.dashboard.page_mode import static_folder
from figma_warehouse.job.export import safe_csv

FIGMA = "https://www.figma.com/"
PICTURE = "asset"
ROWS = 10
NARROW, SHORT = 84, 100
# letters of a heading that SHORT pixels hold, beside what sorts the column, and the pixels of each one more
LONGEST, LETTER = 11, 8
# letters of a heading and of a value that NARROW pixels hold
BRIEF_HEADING, BRIEF_VALUE = 6, 8
ROWS_OF_A_STATIC_PAGE = 500

Cells = Mapping[str, Callable[[Any], mo.Html]]


def table(
    rows: pl.DataFrame,
    headings: Mapping[str, str],
    cells: Cells | None = None,
    selected: int | None = None,
    choose: Callable[[dict[str, Any]], None] | None = None,
) -> mo.Html:
    """Show the columns that `headings` name, under those headings.

    A column without any value is left out. With `choose` a row can be chosen, at first the one at `selected`; `choose`
    gets it with all its columns.
    """
    headings = {column: heading for column, heading in headings.items() if rows[column].count() or rows.is_empty()}
    hidden = [column for column in rows.columns if choose and column not in headings]
    shown = rows.select([*headings, *hidden])
    formats = {column: (cells or {}).get(column) or _cell(column, kind) for column, kind in shown.schema.items()}
    if static_folder():
        return _whole(shown.head(ROWS_OF_A_STATIC_PAGE), headings, formats)
    names = {column: headings.get(column, column) for column in shown.columns}
    return mo.ui.table(
        shown.rename(names),
        format_mapping={names[column]: cell for column, cell in formats.items()},
        hidden_columns=hidden,
        text_justify_columns={names[column]: "right" for column, kind in shown.schema.items() if kind.is_numeric()},
        column_widths={
            names[column]: width
            for column, heading in headings.items()
            if (width := _width(rows[column], heading, is_drawn=column in (cells or {})))
        },
        selection="single" if choose else None,
        initial_selection=None if selected is None or not choose else [selected],
        on_change=None if choose is None else lambda chosen: _tell(choose, chosen, names),
        page_size=ROWS,
        pagination=True,
        show_column_summaries=False,
        show_data_types=False,
        show_download=False,
        show_search=rows.height > ROWS,
    )


def invitation(words: str, instead: str, rows: pl.DataFrame, name: str) -> str:
    """Return words that invite to choose a row; on a static page, where none can be, what is said of the first one."""
    if not static_folder():
        return words
    return page.named(instead, rows[name].item(0)) if rows.height else ""


def position(rows: pl.DataFrame, key: str | None) -> int | None:
    """Return where the row with that `key` stands, 0 where none has it; None where there are no rows."""
    if rows.is_empty():
        return None
    found = rows["key"].index_of(key) if key is not None else None
    return found or 0


def download(rows: pl.DataFrame | Callable[[], pl.DataFrame], headings: Mapping[str, str], name: str) -> mo.Html:
    """Offer all rows, or those that are then asked for, as CSV: written on demand, on a static page beside it."""

    def taken() -> pl.DataFrame:
        asked = rows() if callable(rows) else rows
        return asked.select(column for column in headings if column != PICTURE).rename(dict(headings), strict=False)

    if (folder := static_folder()) is not None:
        written = taken()
        (folder / f"{name}.csv").write_bytes(safe_csv(written))
        kept = f"The first {ROWS_OF_A_STATIC_PAGE:,} of {written.height:,} rows are shown. "
        return mo.Html(
            f'<p class="quiet">{kept if written.height > ROWS_OF_A_STATIC_PAGE else ""}'
            f'<a href="{name}.csv" download>Download CSV</a></p>'
        )
    button = mo.download(
        data=lambda: safe_csv(taken()), filename=f"{name}.csv", mimetype="text/csv", label="Download CSV"
    )
    return mo.hstack([button], justify="start")


def text(value: str | None) -> mo.Html:
    """Show any text as it is; what is too long for a table is cut, and whole in its tooltip."""
    words = html.escape(value or "")
    style = (
        "display:inline-block;max-width:min(24rem,42vw);overflow:hidden;text-overflow:ellipsis;vertical-align:bottom"
    )
    return mo.Html(f'<span dir="auto" style="{style}" title="{words}">{words or "–"}</span>')


def link(url: str | None) -> mo.Html:
    """Link to Figma; to anywhere else there is none."""
    if not is_figma(url):
        return text(None)
    href = html.escape(str(url))
    style = "color:var(--link);text-decoration:underline;white-space:nowrap"
    return mo.Html(f'<a href="{href}" target="_blank" rel="noopener noreferrer" style="{style}">Open ↗</a>')


def preview(value: str | None) -> mo.Html:
    """Show a colour (#rrggbbaa) as a swatch and a font ("Inter 14 400") as a specimen, with its value beside it."""
    if re.fullmatch(r"#[0-9a-f]{8}", value or ""):
        swatch = f"width:1em;height:1em;border-radius:3px;border:1px solid #8a8f98;background:{value}"
        return _beside(swatch, "", str(value).removesuffix("ff"))
    font = re.fullmatch(r"([\w -]+) (\d+)(?:\.\d+)? ([1-9]00)", value or "", re.ASCII)
    if not font:
        return text(value)
    family, size, weight = font.groups()
    return _beside(f"font:{weight} {min(int(size), 24)}px '{family}',sans-serif", "Ag", value)


def picture(uri: str | None) -> mo.Html:
    """Show a picture that is carried in its own address (a data URI); a grey square where there is none."""
    style = "width:64px;height:40px;object-fit:contain;border-radius:4px;background:#8a8f9826;display:block"
    if not re.fullmatch(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+", uri or ""):
        return mo.Html(f'<span class="picture" role="img" aria-label="No picture" style="{style}"></span>')
    return mo.Html(f'<img class="picture" src="{uri}" alt="" loading="lazy" style="{style}">')


def change(fraction: float | None) -> str:
    """Write a fraction as a change in percent, with its sign."""
    return "–" if fraction is None else f"{fraction:+.1%}"


def share(fraction: float | None) -> str:
    """Write a fraction in percent."""
    return "–" if fraction is None else f"{fraction:.1%}"


def is_figma(url: str | None) -> bool:
    """Whether an address is one of Figma's own, without anything that would end an attribute."""
    return re.fullmatch(re.escape(FIGMA) + r"[^\s\"'<>\\]*", url or "") is not None


def _tell(choose: Callable[[dict[str, Any]], None], chosen: Any, names: Mapping[str, str]) -> None:
    if chosen.height:
        row = chosen.row(0, named=True)
        choose({column: row[name] for column, name in names.items()})


def _whole(rows: pl.DataFrame, headings: Mapping[str, str], formats: Mapping[str, Callable[[Any], Any]]) -> mo.Html:
    kinds = {column: ' class="number"' if rows.schema[column].is_numeric() else "" for column in headings}
    heads = "".join(f'<th scope="col"{kinds[column]}>{html.escape(headings[column])}</th>' for column in headings)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td{kinds[column]} data-sort="{html.escape(_sortable(value))}">{_shown(formats[column](value))}</td>'
            for column, value in row.items()
        )
        + "</tr>"
        for row in rows.select(list(headings)).iter_rows(named=True)
    )
    kind = "whole searched" if rows.height > ROWS else "whole"
    return mo.Html(
        '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
        f'<table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _sortable(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)[:80]


def _shown(cell: Any) -> str:
    return cell.text if isinstance(cell, mo.Html) else html.escape(str(cell))


def _cell(column: str, kind: pl.DataType) -> Callable[[Any], Any]:
    if column == "url":
        return link
    if kind == pl.String:
        return text
    if kind.is_temporal():
        return lambda moment: text(moment and f"{moment:%-d %b %Y}")
    if column.endswith("share"):
        return share
    if column.endswith(("growth", "change")):
        return change
    if kind.is_float():
        return lambda amount: "–" if amount is None else f"{amount:,.2f}"
    return lambda value: "–" if value is None else f"{value:,}"


def _width(values: pl.Series, heading: str, *, is_drawn: bool) -> int | None:
    """Return how many pixels are enough for a column; None where longer words may take what room there is."""
    if values.name in (PICTURE, "url"):
        return NARROW
    if is_drawn or not _is_short(values):
        return None
    if len(heading) <= BRIEF_HEADING and _is_brief(values):
        return NARROW
    return SHORT + LETTER * max(0, len(heading) - LONGEST)


def _is_brief(values: pl.Series) -> bool:
    letters = values.cast(pl.String).str.len_chars().max()
    return isinstance(letters, int) and letters <= BRIEF_VALUE


def _is_short(values: pl.Series) -> bool:
    if values.dtype == pl.String:
        letters = values.str.len_chars().max()
        return isinstance(letters, int) and letters <= LONGEST + 1
    return values.dtype.is_numeric() or values.dtype.is_temporal() or values.dtype == pl.Boolean


def _beside(style: str, sign: str, value: str | None) -> mo.Html:
    words = html.escape(value or "")
    sample = f'<span style="display:inline-block;vertical-align:middle;line-height:1;{style}">{sign}</span>'
    return mo.Html(f'<span title="{words}" style="white-space:nowrap">{sample} {words}</span>')
