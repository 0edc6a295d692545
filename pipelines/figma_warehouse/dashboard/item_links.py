"""Names that lead to the page of their component, set or file.

A table of marimo draws a cell from its value alone, so the key of an item stands behind its name, after a separator:
rows stay sorted by the name.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from markupsafe import Markup

from figma_warehouse.dashboard.known_items import COMPONENT, FILE, known_keys
from figma_warehouse.dashboard.site_map import item_address
from figma_warehouse.dashboard.templating import macros, output

SEPARATOR = "\x1f"
# columns of names, and the kind of item that they name
NAMED = {
    **dict.fromkeys(("component", "item", "variant", "replacement", "component_before", "component_after"), COMPONENT),
    **dict.fromkeys(("file", "library", "defined_in", "name"), FILE),
}
# columns of keys that are not called as their column of names, with `_key` after it
KEYS = {"component_before": "component_key_before", "component_after": "component_key_after"}


def linked_columns(rows: pl.DataFrame, keys: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the columns of names whose keys the rows have, each with the column of its key.

    The key of column x is in the column x_key, unless KEYS or `keys` names another.
    """
    found = {name: (KEYS | dict(keys or {})).get(name, f"{name}_key") for name in NAMED if name in rows.columns}
    return {name: key for name, key in found.items() if key in rows.columns and rows.schema[name] == pl.String}


def with_keys(rows: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Put its key behind each name whose item has a page; a name that is null has its key instead."""
    return rows.with_columns(_with_key(NAMED[name], name, key) for name, key in columns.items())


def _with_key(kind: str, name: str, key: str) -> pl.Expr:
    has_page = pl.col(key).is_in(list(known_keys(kind))) & ~pl.col(key).str.contains(SEPARATOR, literal=True)
    linked = pl.concat_str(pl.col(name).fill_null(pl.col(key)), pl.lit(SEPARATOR), pl.col(key))
    # a name must not look like one with a key behind it
    plain = pl.col(name).str.replace_all(SEPARATOR, " ", literal=True)
    return pl.when(has_page).then(linked).otherwise(plain).alias(name)


def drawn(kind: str, plain: Callable[[str | None], Any]) -> Callable[[str | None], Any]:
    """Return what draws a name of `with_keys`: a link to the page of its item; `plain` draws a name without a key."""

    def draw(value: str | None) -> Any:
        name, separator, key = (value or "").rpartition(SEPARATOR)
        return output(name_cell(kind, key, name)) if separator else plain(value)

    return draw


def name_cell(kind: str, key: str, name: str | None) -> Markup:
    """Return the cell with the name of an item that has a page."""
    cell: Markup = macros("cells.html").page(item_address(kind, key), name or key)
    return cell


def item_name(kind: str, key: str | None, name: str | None) -> Markup | str:
    """Return a name for `page.named`: a link to the page of its item, or the name as it is if there is no page."""
    if key is None or key not in known_keys(kind):
        return name or key or ""
    link: Markup = macros("words.html").page(item_address(kind, key), name or key)
    return link
