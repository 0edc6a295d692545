"""What all pages have in common: the masthead, tables, links, choices and how charts look.

Names come from outside. Here they become text and nothing else: marimo's tables would link and even load any address
they find in a plain string, so every string is handed to them as escaped HTML.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import marimo as mo
import polars as pl

from notebooks.parts.published import Freshness, published_file

FIGMA = "https://www.figma.com/"
# after Okabe and Ito: told apart by colour-blind readers, at least three to one against white and near-black
COLORS = ["#1f83c4", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#7a7a7a"]
GREY = "#8a8f98"
ROWS = 10


@dataclass(frozen=True)
class Page:
    """One page: its name in files and addresses, its title, the question it answers, what missing files do to it."""

    name: str
    title: str
    question: str
    caveat: str


PAGES = (
    Page(
        "component_usage",
        "Component usage",
        "Which components are used, where, and by whom?",
        "What looks unused here may be used there.",
    ),
    Page(
        "orphaned_styles",
        "Orphaned styles",
        "Which styles does nobody use, and which are used but gone?",
        "What looks unused here may be used there.",
    ),
    Page(
        "file_growth",
        "File growth",
        "Which files grow, how fast, and how large are they?",
        "They are shown as they were loaded last, or not at all.",
    ),
)


def masthead(name: str, fresh: Freshness | None) -> mo.Html:
    """Links to all pages, title, question, data as of; a warning where the data is incomplete."""
    page = next(page for page in PAGES if page.name == name)
    parts = [_navigation(page), _heading(page, fresh)]
    if fresh is None:
        parts.append(_nothing_published())
    elif not fresh.is_conclusive:
        parts.append(mo.callout(mo.md(_warning(page, fresh)), kind="warn"))
    return mo.vstack(parts, gap=1)


def nothing_found(what: str) -> mo.Html:
    """Stand in for a table or chart without rows."""
    return mo.callout(mo.plain_text(what), kind="neutral")


def choices(named: pl.DataFrame, everything: str) -> dict[str, str | None]:
    """Labels of a dropdown and the key each stands for; `everything` comes first and stands for None.

    `named` has the columns key and name. Names that occur twice get their key beside them.
    """
    repeated = set(named.filter(pl.col("name").is_duplicated())["name"]) | {everything}
    labels = {
        f"{name} ({key})" if name in repeated or not name else name: key
        for key, name in named.select("key", "name").iter_rows()
    }
    return {everything: None} | labels


def dropdown(named: pl.DataFrame, everything: str, label: str) -> mo.ui.dropdown:
    """Offer `everything`, chosen at first, and one of the names."""
    return mo.ui.dropdown(choices(named, everything), value=everything, label=label, searchable=named.height > ROWS)


def section(title: str, explanation: str | None, *shown: Any) -> mo.Html:
    """Head what is shown with what it is; both are ours and may be HTML: names in them come through `named`."""
    words = f'<p style="margin:0;color:{GREY}">{explanation}</p>' if explanation else ""
    head = mo.Html(f'<h2 style="margin:1rem 0 0.25rem;font:600 1.35rem/1.3 var(--heading-font)">{title}</h2>{words}')
    return mo.vstack([head, *shown], gap=0.75)


def named(sentence: str, name: str) -> str:
    """Put a name from outside into a sentence, as text."""
    return sentence.format(f'<strong dir="auto">{html.escape(name)}</strong>')


def table(
    rows: pl.DataFrame,
    headings: Mapping[str, str],
    selection: Literal["single", "multi"] | None = None,
    selected: list[int] | None = None,
    cells: Mapping[str, Callable[[Any], mo.Html]] | None = None,
) -> mo.ui.table:
    """Show the columns that `headings` name, under those headings; the table's value keeps the other columns too."""
    shown = rows.select([*headings, *(column for column in rows.columns if column not in headings)])
    shown = shown.rename(dict(headings))
    formats: dict[str, str | Callable[..., Any]] = {
        column: _cell(column, kind) for column, kind in shown.schema.items()
    }
    return mo.ui.table(
        shown,
        format_mapping=formats | {headings[column]: cell for column, cell in (cells or {}).items()},
        hidden_columns=[column for column in shown.columns if column not in headings.values()],
        text_justify_columns={column: "right" for column, kind in shown.schema.items() if kind.is_numeric()},
        selection=selection,
        initial_selection=selected,
        page_size=ROWS,
        pagination=True,
        show_column_summaries=False,
        show_data_types=False,
        show_download=False,
        show_search=False,
    )


def download(rows: pl.DataFrame, headings: Mapping[str, str], name: str) -> mo.Html:
    """Offer all rows as CSV, written when it is asked for."""
    button = mo.download(
        data=lambda: csv(rows.select(headings.keys()).rename(dict(headings))),
        filename=f"{name}.csv",
        mimetype="text/csv",
        label="Download CSV",
    )
    return mo.hstack([button], justify="start")


def csv(rows: pl.DataFrame) -> bytes:
    """CSV in which a spreadsheet reads no text as a formula: such text gets an apostrophe in front."""
    safe = rows.with_columns(_no_formula(name).alias(name) for name, kind in rows.schema.items() if kind == pl.String)
    return safe.write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()


def text(value: str | None) -> mo.Html:
    """Show any text as it is."""
    return mo.Html(f'<span dir="auto" title="{html.escape(value or "")}">{html.escape(value or "–")}</span>')


def link(url: str | None) -> mo.Html:
    """Link to Figma; to anywhere else there is none."""
    if not is_figma(url):
        return text(None)
    href = html.escape(str(url))
    return mo.Html(f'<a href="{href}" target="_blank" rel="noopener noreferrer" style="color:var(--link)">Open ↗</a>')


def preview(value: str | None) -> mo.Html:
    """Show a colour (#rrggbbaa) as a swatch and a font ("Inter 14 400") as a specimen, with its value beside it."""
    if re.fullmatch(r"#[0-9a-f]{8}", value or ""):
        swatch = f"width:1em;height:1em;border-radius:3px;border:1px solid {GREY};background:{value}"
        return _beside(swatch, "", str(value).removesuffix("ff"))
    font = re.fullmatch(r"([\w -]+) (\d+)(?:\.\d+)? ([1-9]00)", value or "", re.ASCII)
    if not font:
        return text(value)
    family, size, weight = font.groups()
    return _beside(f"font:{weight} {min(int(size), 24)}px '{family}',sans-serif", "Ag", value)


def percent(fraction: float | None) -> str:
    """Write a fraction as a change in percent, with its sign."""
    return "–" if fraction is None else f"{fraction:+.1%}"


def is_figma(url: str | None) -> bool:
    """Whether an address is one of Figma's own, without anything that would end an attribute."""
    return re.fullmatch(re.escape(FIGMA) + r"[^\s\"'<>\\]*", url or "") is not None


def chart(drawing: Any, height: int) -> Any:
    """Give a chart the look of all: as wide as the page, on its background, in greys that suit light and dark."""
    return (
        drawing.properties(
            width="container",
            height=height,
            background="transparent",
            usermeta={"embedOptions": {"actions": False}},
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=GREY,
            titleColor=GREY,
            gridColor=GREY,
            gridOpacity=0.2,
            domain=False,
            ticks=False,
            labelFontSize=12,
        )
        .configure_legend(labelColor=GREY, titleColor=GREY, orient="top", title=None, labelFontSize=12, labelLimit=240)
    )


def named_axis(names: Mapping[str, str]) -> alt.Axis:
    """Return an axis over keys that shows their names: two things of one name stay apart."""
    return alt.Axis(labelExpr=f"({json.dumps(names)})[datum.value]", labelLimit=260, labelPadding=8)


def _cell(column: str, kind: pl.DataType) -> Callable[[Any], Any]:
    if column == "Figma":
        return link
    if kind == pl.String:
        return text
    if kind.is_temporal():
        return lambda moment: text(moment and f"{moment:%-d %b %Y}")
    if column == "Change in 4 weeks":
        return percent
    if kind.is_float():
        return lambda amount: "–" if amount is None else f"{amount:,.2f}"
    return lambda value: "–" if value is None else f"{value:,}"


def _no_formula(column: str) -> pl.Expr:
    value = pl.col(column)
    return pl.when(value.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + value).otherwise(value)


def _beside(style: str, sign: str, value: str | None) -> mo.Html:
    words = html.escape(value or "")
    sample = f'<span style="display:inline-block;vertical-align:middle;line-height:1;{style}">{sign}</span>'
    return mo.Html(f'<span title="{words}" style="white-space:nowrap">{sample} {words}</span>')


def _navigation(current: Page) -> mo.Html:
    links = [
        f'<strong aria-current="page">{page.title}</strong>'
        if page == current
        else f'<a href="../{page.name}/">{page.title}</a>'
        for page in PAGES
    ]
    style = "display:flex;flex-wrap:wrap;gap:0.25rem 1.5rem;font-size:0.9rem"
    return mo.Html(f'<nav style="{style}">{"".join(links)}</nav>')


def _heading(page: Page, fresh: Freshness | None) -> mo.Html:
    as_of = f'<p style="margin:0;color:{GREY}">{_as_of(fresh)}</p>' if fresh else ""
    return mo.Html(
        '<header style="display:flex;flex-direction:column;gap:0.4rem">'
        f'<h1 style="margin:0;font:600 2rem/1.25 var(--heading-font)">{page.title}</h1>'
        f'<p style="margin:0;font-size:1.1rem">{page.question}</p>{as_of}</header>'
    )


def _as_of(fresh: Freshness) -> str:
    when = f"{fresh.as_of:%-d %B %Y, %H:%M} UTC" if fresh.as_of else "an unknown time"
    return f"Data as of {when} · {fresh.files_current:,} of {fresh.files_expected:,} files at their current version"


def _warning(page: Page, fresh: Freshness) -> str:
    missing = fresh.files_expected - fresh.files_current
    if not missing:
        return "**Inconclusive.** The last run could not read every listing. What looks unused may be used."
    files = "1 file is" if missing == 1 else f"{missing:,} files are"
    return (
        f"**Inconclusive.** {files} not loaded at the current version. {page.caveat} "
        "`figma-warehouse status` says which and why."
    )


def _nothing_published() -> mo.Html:
    place = html.escape(str(published_file()))
    return mo.callout(
        mo.Html(
            "<strong>There is no data yet.</strong> Load your files with <code>figma-warehouse run</code>, or see a "
            f"sample organisation with <code>make demo</code>; then reload this page. It reads <code>{place}</code>."
        ),
        kind="neutral",
    )
