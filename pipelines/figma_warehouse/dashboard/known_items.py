"""The components, sets and files that have a page: all that the published file knows, used or not."""

from functools import lru_cache

import polars as pl

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.published_file import FileState

COMPONENT, FILE = "component", "file"
# per mart, rows of a component and its set; the first mart that knows a component says its name
MEMBERS = {
    "component_reach": "component_key, component_name, component_set_key, component_set_name, library_file_key",
    "lost_components": "component_key, component_name, component_set_key, component_set_name, library_file_key",
    "usage_history": "component_key, component_name, component_set_key, component_set_name, library_file_key",
    "detachments": "component_key, component_name, component_set_key, component_set_name, null",
    "component_swaps": "component_key_before, component_name_before, component_set_key_before, "
    "component_set_name_before, null",
    "component_swaps.component_key_after": "component_key_after, component_name_after, component_set_key_after, "
    "component_set_name_after, null",
    "component_dependencies": "component_key, component_name, component_set_key, component_set_name, file_key",
    "component_dependencies.needed_key": "needed_key, needed_name, needed_set_key, needed_set_name, null",
    "shadow_components": "case kind when 'component' then item_key end, case kind when 'component' then item_name end, "
    "case kind when 'component_set' then item_key end, case kind when 'component_set' then item_name end, null",
}
CHANGED = """
    select
        case kind when 'component' then item_key end,
        case kind when 'component' then item_name end,
        case kind when 'component_set' then item_key end,
        case kind when 'component_set' then item_name end,
        library_file_key,
        {rank} as rank
    from marts.library_changes
    where kind in ('component', 'component_set')
"""
COMPONENTS = """
    with members(component_key, component_name, component_set_key, component_set_name, library_file_key, rank) as (
        {members}
    ),
    items as (
        select
            component_key as key,
            component_name as name,
            component_set_key as set_key,
            component_set_name as set_name,
            library_file_key,
            false as is_set,
            rank
        from members
        union all
        select component_set_key, component_set_name, null, null, library_file_key, true, rank
        from members
    )
    select
        key,
        coalesce(arg_min(name, (rank, name)), key) as name,
        arg_min(set_key, (rank, set_key)) as set_key,
        arg_min(set_name, (rank, set_name)) as set_name,
        arg_min(library_file_key, (rank, library_file_key)) as library_file_key,
        bool_and(is_set) as is_set
    from items
    where key <> ''
    group by key
    order by key
"""
FILES = """
    with files as (
        select file_key, file_name, team_id, team_name, folder_path, is_branch, main_file_key, 0 as rank
        from marts.file_freshness
        union all
        select file_key, file_name, team_id, team_name, folder_path, is_branch, null, 1
        from marts.file_growth
        where is_latest
    )
    select
        file_key as key,
        coalesce(arg_min(file_name, rank), file_key) as name,
        coalesce(arg_min(team_name, rank), arg_min(team_id, rank)) as team,
        arg_min(folder_path, rank) as folder,
        coalesce(arg_min(is_branch, rank), false) as is_branch,
        arg_min(main_file_key, rank) as main_file_key
    from files
    where file_key <> ''
    group by file_key
    order by file_key
"""


def components() -> pl.DataFrame:
    """One row per component and set: key, name, set_key, set_name, library_file_key, is_set."""
    parts = [
        f"select {columns}, {rank} from marts.{mart.partition('.')[0]}"  # noqa: S608  # our own text
        for rank, (mart, columns) in enumerate(MEMBERS.items())
        if published_file.has(mart)
    ]
    if published_file.has("library_changes"):
        parts.append(CHANGED.format(rank=len(MEMBERS)))
    return published_file.ask(COMPONENTS.format(members=" union all ".join(parts)))


def files() -> pl.DataFrame:
    """One row per file or branch: key, name, team, folder, is_branch, main_file_key."""
    return published_file.ask(FILES)


def known_keys(kind: str) -> frozenset[str]:
    """Return the keys of all items of a kind."""
    return _known_keys(kind, published_file.file_state())


@lru_cache(maxsize=4)
def _known_keys(kind: str, _: FileState) -> frozenset[str]:
    return frozenset((components() if kind == COMPONENT else files())["key"])
