"""Filters whose choice stands in the address of the page, so that a view can be sent to a colleague."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import marimo as mo
import polars as pl

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.page_mode import static_folder
from figma_warehouse.dashboard.published_file import Freshness

SHARED = ("team", "folder", "library", "period")
WEEKS = {"4 weeks": "4", "12 weeks": "12", "26 weeks": "26", "52 weeks": "52", "All weeks": None}
EVERYTHING = "all"
SEARCHABLE = 10


class Choice(mo.ui.dropdown):
    """A dropdown whose choice stands in the address, as the parameter `name`."""

    name = ""


def team() -> Choice:
    """Offer every team; a folder that another team has goes with it."""
    return choice("team", choices(published_file.team_names(), "All teams"), "Team", then=_leave_folder)


def folder(team_id: str | None) -> Choice:
    """Offer every folder with files in it or below, of one team or of all: it stands for all of these."""
    return choice("folder", choices(published_file.folder_names(team_id), "All folders"), "Folder")


def library() -> Choice:
    """Offer every file that publishes components or styles, or did."""
    return choice("library", choices(published_file.library_names(), "All libraries"), "Library")


def period() -> Choice:
    """Offer how many weeks back a page looks."""
    return choice("period", WEEKS, "Period", first="12 weeks")


def choice(
    name: str,
    options: Mapping[str, str | None],
    label: str,
    first: str | None = None,
    then: Callable[[str | None], None] | None = None,
) -> Choice:
    """Offer labels that each stand for a key; `first`, else the first of them, is chosen where the address has none.

    `then` gets the key that is chosen later.
    """
    first = first or next(iter(options))
    said = mo.query_params().get(name)
    asked = options[first] if said is None else None if said == EVERYTHING else said
    chosen = next((shown for shown, key in options.items() if key == asked), first)

    def change(key: str | None) -> None:
        remember(name, None if key == options[first] else key or EVERYTHING)
        if then:
            then(key)

    offered = Choice(
        dict(options),
        value=chosen,
        label=label,
        allow_select_none=False,
        searchable=len(options) > SEARCHABLE,
        on_change=change,
    )
    offered.name = name
    return offered


def search(placeholder: str) -> mo.ui.text:
    """Offer a search by words."""
    words = str(mo.query_params().get("search") or "")
    return mo.ui.text(words, placeholder=placeholder, label="Search", on_change=lambda said: remember("search", said))


def switch(name: str, label: str) -> mo.ui.switch:
    """Offer something that is off at first."""
    is_on = mo.query_params().get(name) == "yes"
    return mo.ui.switch(is_on, label=label, on_change=lambda on: remember(name, "yes" if on else None))


def remember(name: str, value: str | None) -> None:
    """Put a choice into the address; None and the empty text take it out."""
    if value:
        mo.query_params().set(name, value)
    else:
        mo.query_params().remove(name)


def asked_for(name: str) -> str | None:
    """Return what the address says."""
    value = mo.query_params().get(name)
    return value if isinstance(value, str) else None


def is_whole(fresh: Freshness, *inputs: Any) -> bool:
    """Whether something is loaded and none of these filters narrows it down: only then can all of it be spoken of."""
    return fresh.files_current > 0 and not any(str(given.value or "").strip() for given in inputs)


def bar(*inputs: Any) -> mo.Html:
    """Show the filters in a row; a static page says instead why it has none."""
    if static_folder():
        return mo.Html(
            '<p class="quiet">This page was written once and shows the whole organisation. Tables can be sorted and '
            "searched; filters need the pages that <code>figma-warehouse dashboard</code> serves.</p>"
        )
    row = mo.hstack(list(inputs), justify="start", align="center", wrap=True, gap=1)
    lost = [given for given in inputs if isinstance(given, Choice) and is_lost(given, asked_for(given.name))]
    for given in lost:
        remember(given.name, None)
    words = "The link names a {} that is not here any more; {} are shown."
    return mo.vstack([row, *(_notice(words.format(given.name, str(given.selected_key).lower())) for given in lost)])


def is_lost(offered: Choice, asked: str | None) -> bool:
    """Whether the address asks for what is not offered."""
    return asked not in (None, EVERYTHING, *offered.options.values())


def chosen_row(name: str, rows: pl.DataFrame, thing: str | None = None) -> tuple[str | None, list[mo.Html]]:
    """Return the key of the row that the address names; where it is not among the rows, None and a word about it.

    A row is a `thing`, else what the parameter is called: marimo keeps `file` to itself.
    """
    asked = asked_for(name)
    if asked is None or asked in rows["key"]:
        return asked, []
    remember(name, None)
    instead = "; the first one is shown" if rows.height else ""
    return None, [_notice(f"The {thing or name} that was chosen is not here{instead}.")]


def shared(parameters: Mapping[str, Any]) -> str:
    """Return the part of an address that takes the choices which all pages share to another page."""
    kept = {name: parameters[name] for name in SHARED if isinstance(parameters.get(name), str)}
    return f"?{urlencode(kept)}" if kept else ""


def _leave_folder(team_id: str | None) -> None:
    if asked_for("folder") not in (None, *published_file.folder_names(team_id)["key"]):
        remember("folder", None)


def _notice(words: str) -> mo.Html:
    return mo.Html(f'<div class="notice neutral" role="note">{words}</div>')


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
