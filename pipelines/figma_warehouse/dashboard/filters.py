"""Filters that keep their value in the address of the page, so that a reader can send a view to a colleague."""

from collections.abc import Callable, Mapping
from typing import Any

import marimo as mo
import polars as pl

from figma_warehouse.dashboard import page, selection
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.selection import DEFAULT_WEEKS, Selection
from figma_warehouse.dashboard.site_map import static_folder
from figma_warehouse.dashboard.templating import output, render

WEEKS = {"4 weeks": "4", "12 weeks": "12", "26 weeks": "26", "52 weeks": "52", "All weeks": None}
EVERYTHING = "all"
SEARCHABLE_OPTIONS = 10


class Choice(mo.ui.dropdown):
    """A dropdown with its value in the parameter `name` of the address."""

    name = ""


def team() -> Choice:
    """Offer every team; a folder of another team is dropped with the choice."""
    return choice("team", options_of(selection.team_names(), "All teams"), "Team", then=_drop_foreign_folder)


def folder(team_id: str | None) -> Choice:
    """Offer every folder of one team, or of all teams, that has files in it or below."""
    return choice("folder", options_of(selection.folder_names(team_id), "All folders"), "Folder")


def library() -> Choice:
    """Offer every file that publishes or published components."""
    return choice("library", options_of(selection.library_names(), "All libraries"), "Library")


def period() -> Choice:
    """Offer how many weeks back a page looks."""
    return choice("period", WEEKS, "Period", default=f"{DEFAULT_WEEKS} weeks")


def choice(
    name: str,
    options: Mapping[str, str | None],
    label: str,
    default: str | None = None,
    then: Callable[[str | None], None] | None = None,
) -> Choice:
    """Offer options, each a text and the key it stands for; the first one is the default.

    `then` gets the key of each later choice.
    """
    default = default or next(iter(options))
    parameter = mo.query_params().get(name)
    requested = options[default] if parameter is None else None if parameter == EVERYTHING else parameter
    chosen = next((text for text, key in options.items() if key == requested), default)

    def change(key: str | None) -> None:
        remember(name, None if key == options[default] else key or EVERYTHING)
        if then:
            then(key)

    offered = Choice(
        dict(options),
        value=chosen,
        label=label,
        allow_select_none=False,
        searchable=len(options) > SEARCHABLE_OPTIONS,
        on_change=change,
    )
    offered.name = name
    return offered


def options_of(rows: pl.DataFrame, everything: str | None) -> dict[str, str | None]:
    """Return the options of a dropdown from rows of key and name.

    `everything`, unless it is None, comes first and stands for None. A name that occurs twice gets its key beside it.
    """
    repeated = set(rows.filter(pl.col("name").is_duplicated())["name"]) | {everything}
    options = {
        f"{name} ({key})" if name in repeated or not name else name: key
        for key, name in rows.select("key", "name").iter_rows()
    }
    first: dict[str, str | None] = {} if everything is None else {everything: None}
    return first | options


def search(placeholder: str) -> mo.ui.text:
    """Offer a search by words."""
    words = str(mo.query_params().get("search") or "")
    return mo.ui.text(words, placeholder=placeholder, label="Search", on_change=lambda text: remember("search", text))


def switch(name: str, label: str) -> mo.ui.switch:
    """Offer a switch that is off by default."""
    is_on = mo.query_params().get(name) == "yes"
    return mo.ui.switch(is_on, label=label, on_change=lambda on: remember(name, "yes" if on else None))


def remember(name: str, value: str | None) -> None:
    """Put a value into the address; None and the empty text remove it."""
    if value:
        mo.query_params().set(name, value)
    else:
        mo.query_params().remove(name)


def requested(name: str) -> str | None:
    """Return the value in the address."""
    value = mo.query_params().get(name)
    return value if isinstance(value, str) else None


def is_whole(fresh: Freshness, selected: Selection) -> bool:
    """Whether a page may speak of the whole organisation: files are loaded, and no filter is set."""
    return fresh.files_current > 0 and selected.is_whole


def bar(*inputs: Any) -> mo.Html:
    """Show the filters in a row; an exported page explains instead why it has none."""
    if static_folder():
        return output(render("exported.html"))
    row = mo.hstack(list(inputs), justify="start", align="center", wrap=True, gap=1)
    unknown = [given for given in inputs if isinstance(given, Choice) and is_unknown(given, requested(given.name))]
    for given in unknown:
        remember(given.name, None)
    words = "The {} in the link does not exist any more. The page shows {}."
    return mo.vstack(
        [row, *(page.notice(words.format(given.name, str(given.selected_key).lower())) for given in unknown)]
    )


def is_unknown(offered: Choice, key: str | None) -> bool:
    """Whether a key from the address is not among the options."""
    return key not in (None, EVERYTHING, *offered.options.values())


def chosen_row(name: str, rows: pl.DataFrame, noun: str | None = None) -> tuple[str | None, list[mo.Html]]:
    """Return the key of the row that the address names; if no row has it, None and a notice about it.

    `noun` names a row to the reader if the name of the parameter does not: marimo reserves `file`.
    """
    key = requested(name)
    if key is None or key in rows["key"]:
        return key, []
    remember(name, None)
    instead = " The page shows the first one." if rows.height else ""
    return None, [page.notice(f"The chosen {noun or name} is not in this selection.{instead}")]


def _drop_foreign_folder(team_id: str | None) -> None:
    if requested("folder") not in (None, *selection.folder_names(team_id)["key"]):
        remember("folder", None)
