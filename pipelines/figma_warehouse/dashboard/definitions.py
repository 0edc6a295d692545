"""The definitions of published components: a link to each, and its stored picture."""

import os
from functools import lru_cache

import marimo as mo
import polars as pl

from figma_warehouse.dashboard import published_file, tables
from figma_warehouse.dashboard.data_uri import asset_data_uri

# pixels of an enlarged picture
MAX_SIDE = 320
MAX_PICTURES = 500
# tables of definitions, the published ones first, and the query for each
DEFINITIONS = (
    (
        ("components", "component_sets"),
        """
        select component_key as key, file_key, node_id, 0 as rank from figma.components
        union all
        select component_set_key, file_key, node_id, 0 from figma.component_sets
        """,
    ),
    (
        ("file_components", "file_component_sets"),
        """
        select component_key, file_key, node_id, 1 from figma.file_components where not is_remote
        union all
        select component_set_key, file_key, node_id, 1 from figma.file_component_sets where not is_remote
        """,
    ),
)


def pictures_folder() -> str:
    """Return the address of the stored pictures: `ASSETS_URL`, or the folder `assets` beside the published file."""
    return os.environ.get("ASSETS_URL") or str(published_file.published_file().parent / "assets")


def with_links(components: pl.DataFrame) -> pl.DataFrame:
    """Add the column `definition` to rows with the `key` of a component or set: the address that opens it in Figma.

    A component that was never published has the address of its definition in a loaded file. The column is null if no
    definition is known.
    """
    parts = [part for names, part in DEFINITIONS if published_file.has(*names, schema="figma")]
    if not parts:
        return components.with_columns(pl.lit(None, pl.String).alias("definition"))
    links = published_file.ask(
        f"""
        with definitions as ({" union all ".join(parts)})
        select key, arg_min(node_url(file_key, node_id), (rank, file_key, node_id)) as definition
        from definitions
        where key is not null
        group by key
        """  # noqa: S608  # our own text
    )
    return components.join(links, on="key", how="left", maintain_order="left")


def with_pictures(components: pl.DataFrame, each_variant: bool) -> pl.DataFrame:
    """Add the column `asset` to rows with the `key` of a component or set: the name of its stored picture, or null.

    The key of a variant is that of its set, unless `each_variant`. A set without a picture shows one of its variants.
    """
    if not published_file.has("images", schema="figma"):
        return components.with_columns(pl.lit(None, pl.String).alias("asset"))
    pictures = published_file.ask(
        """
        with definitions as (
            select component_key as key, file_key, node_id, 0 as rank from figma.components
            union all
            select component_set_key, file_key, node_id, 0 from figma.component_sets
            union all
            select reach.component_set_key, components.file_key, components.node_id, 1
            from figma.components
            inner join marts.component_reach as reach on components.component_key = reach.component_key
            where not $each_variant and reach.component_set_key is not null
        )
        select definitions.key, arg_min(images.sha256 || '.' || images.format, definitions.rank) as asset
        from definitions
        inner join figma.images
            on definitions.file_key = images.file_key and definitions.node_id = images.node_id
        where images.sha256 is not null
        group by definitions.key
        """,
        each_variant=each_variant,
    )
    return components.join(pictures, on="key", how="left", maintain_order="left")


def show_picture(asset: str | None) -> mo.Html:
    """Show a stored picture by its name, or an empty square if there is none."""
    sha256, _, format_ = (asset or "").partition(".")
    try:
        return tables.picture(_data_uri(pictures_folder(), sha256, format_))
    except LookupError:
        return tables.picture(None)


@lru_cache(maxsize=MAX_PICTURES)
def _data_uri(folder: str, sha256: str, format_: str) -> str:
    """Raises LookupError if there is no picture, because the cache would keep None: the next page looks again."""
    uri = asset_data_uri(folder, sha256, format_, MAX_SIDE)
    if uri is None:
        raise LookupError(sha256)
    return uri
