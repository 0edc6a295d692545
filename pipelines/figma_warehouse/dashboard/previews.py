"""Pictures of components: where they lie is told by the warehouse, and they are shown as data, never as addresses."""

import os
from functools import lru_cache

import marimo as mo
import polars as pl

from figma_warehouse.dashboard import published_file, tables
from figma_warehouse.dashboard.asset_data import asset_data_uri

SIDE = 96
KEPT = 500


def folder() -> str:
    """Return the address of the folder of stored pictures: `ASSETS_URL`, else beside the published file."""
    return os.environ.get("ASSETS_URL") or str(published_file.published_file().parent / "assets")


def of_components(components: pl.DataFrame, each_variant: bool) -> pl.DataFrame:
    """Give components, known by `key`, the column `asset`: the name of a stored picture, null where there is none.

    The key is that of a set, unless each variant stands on its own or it is no variant. A set without a picture of its
    own is shown by one of its variants.
    """
    if not published_file.has("images", schema="figma"):
        return components.with_columns(pl.lit(None, pl.String).alias("asset"))
    known = published_file.ask(
        """
        with things as (
            select component_key as key, file_key, node_id, 0 as rank from figma.components
            union all
            select component_set_key, file_key, node_id, 0 from figma.component_sets
            union all
            select reach.component_set_key, components.file_key, components.node_id, 1
            from figma.components
            inner join marts.component_reach as reach on components.component_key = reach.component_key
            where not $each_variant and reach.component_set_key is not null
        )
        select things.key, arg_min(images.sha256 || '.' || images.format, things.rank) as asset
        from things
        inner join figma.images on things.file_key = images.file_key and things.node_id = images.node_id
        where images.sha256 is not null
        group by things.key
        """,
        each_variant=each_variant,
    )
    return components.join(known, on="key", how="left", maintain_order="left")


def show(asset: str | None) -> mo.Html:
    """Show a stored picture by its name."""
    sha256, _, kind = (asset or "").partition(".")
    try:
        return tables.picture(_shown(folder(), sha256, kind))
    except LookupError:
        return tables.picture(None)


@lru_cache(maxsize=KEPT)
def _shown(root: str, sha256: str, kind: str) -> str:
    """Return a picture as data. Raises LookupError, so that none is looked for again the next time."""
    found = asset_data_uri(root, sha256, kind, SIDE)
    if found is None:
        raise LookupError(sha256)
    return found
