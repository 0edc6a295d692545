"""What the whole warehouse says in a line a page, and what in it needs attention: the index and Overview tell the same.

Names come from outside: `{}` in the words of a line stands for one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import duckdb

from figma_warehouse.dashboard import published_file
from figma_warehouse.dashboard.page import counted, named
from figma_warehouse.dashboard.published_file import Freshness

LONG_PUBLISHED_DAYS = 90
FAST_GROWTH = 0.25
MUCH_LOST = 0.5
HEADLINES = """
with files as (
    select file_key, is_current from marts.file_freshness
    where is_expected
        and ($team::varchar is null or team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, folder_id))
),
sizes as (
    select
        sum(nodes) filter (where not is_removed) as nodes,
        sum(coalesce(nodes_4_weeks_before, case when is_removed then 0 else nodes end)) as nodes_before
    from marts.file_growth
    where is_latest and not is_branch
        and ($team::varchar is null or team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, folder_id))
),
components as (
    select
        count(*) as published,
        count(*) filter (
            where created_at > (select max(finished_at) from figma.runs where finished_at <= now()) - interval 28 day
        ) as new
    from marts.component_reach
    where is_published and (
        ($team::varchar is null and $folders::varchar[] is null)
        or library_file_key in (select file_key from files)
    )
),
used as (
    select sum(placements) as placements, sum(usages) as usages
    from marts.component_usage
    where file_key in (select file_key from files)
)
select
    (select count(*) from files) as files,
    (select count(*) filter (where is_current) from files) as current,
    coalesce(sizes.nodes, 0)::bigint as nodes,
    (coalesce(sizes.nodes, 0) - sizes.nodes_before) / nullif(sizes.nodes_before, 0)::double as growth,
    components.published,
    components.new,
    coalesce(used.placements, 0)::bigint as placements,
    coalesce(used.usages, 0)::bigint as usages
from sizes, components, used
"""
LEADING = """
select
    min(case when reach.component_set_key is null then coalesce(reach.component_name, reach.component_key)
        else coalesce(reach.component_set_name, reach.component_name, reach.component_set_key) end) as name,
    sum(usage.placements)::bigint as placements,
    count(distinct usage.file_key) filter (where usage.placements > 0) as files
from marts.component_reach as reach
inner join marts.component_usage as usage on reach.component_key = usage.component_key
group by coalesce(reach.component_set_key, reach.component_key)
having sum(usage.placements) > 0
order by placements desc, sum(usage.usages) desc, name, coalesce(reach.component_set_key, reach.component_key)
limit 1
"""
NEEDS_ATTENTION = """
with stale as (
    select count(*) as files from marts.file_freshness
    where is_expected and not is_current
        and ($team::varchar is null or team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, folder_id))
),
unused as (
    select count(*) as components, coalesce(bool_and(is_conclusive), true) as is_certain
    from marts.unused_components
    where days_published > $long
        and ($team::varchar is null or team_id = $team)
        and (
            $folders::varchar[] is null
            or library_file_key in (select file_key from marts.file_freshness where list_contains($folders, folder_id))
        )
),
dangling as (
    select
        count(distinct coalesce(usage.style_key, '')) as styles,
        coalesce(sum(usage."references"), 0)::bigint as nodes
    from marts.style_usage as usage
    inner join marts.orphaned_styles as styles
        on usage.style_key is not distinct from styles.style_key and styles.kind = 'dangling'
    inner join marts.file_freshness as files on usage.file_key = files.file_key
    where not usage.is_defined_here
        and ($team::varchar is null or files.team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, files.folder_id))
),
growth as (
    select coalesce(file_name, file_key) as file, growth_4_weeks as growth from marts.file_growth
    where is_latest and not is_branch and not is_removed and growth_4_weeks > $fast
        and ($team::varchar is null or team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, folder_id))
    order by growth_4_weeks desc, nodes desc, lower(file), file_key
    limit 1
),
shrinkage as (
    select coalesce(file_name, file_key) as file, file_key, nodes, nodes_4_weeks_before from marts.file_growth
    where is_latest and not is_branch and not is_removed and growth_4_weeks < -$much
        and ($team::varchar is null or team_id = $team)
        and ($folders::varchar[] is null or list_contains($folders, folder_id))
    order by nodes_4_weeks_before - nodes desc, lower(file), file_key
    limit 1
)
select
    stale.files as stale_files,
    unused.components as unused_components,
    unused.is_certain,
    dangling.styles as gone_styles,
    dangling.nodes as gone_references,
    growth.file as grown_file,
    growth.growth,
    shrinkage.file as shrunk_file,
    shrinkage.file_key as shrunk_key,
    shrinkage.nodes_4_weeks_before as shrunk_from,
    shrinkage.nodes as shrunk_to
from stale, unused, dangling
left join growth on true
left join shrinkage on true
"""


@dataclass(frozen=True)
class Line:
    """Words of ours with perhaps a name from outside, the page that shows more, and the file to choose on it."""

    words: str
    name: str | None = None
    page: str | None = None
    file_key: str | None = None

    def html(self) -> str:
        """Return the words as HTML in which the name is text."""
        words = escape(self.words)
        return words if self.name is None else named(words, self.name)


@dataclass(frozen=True)
class Summary:
    """How fresh the data is, whether the last run failed, and what each page answers, by its name.

    `fresh` is None where nothing was loaded yet, or where the published file cannot be read.
    """

    fresh: Freshness | None = None
    is_readable: bool = True
    has_failed: bool = False
    answers: Mapping[str, Line] = field(default_factory=dict)


def read_summary() -> Summary:
    """Return what the published file says as a whole; it may be missing, locked, damaged or of an older version."""
    try:
        fresh = published_file.freshness()
        return Summary(fresh, has_failed=has_failed(), answers=_answers()) if fresh else Summary()
    except (duckdb.Error, OSError):
        return Summary(is_readable=False)


def headline(team: str | None, folder: str | None) -> dict[str, Any]:
    """Files, nodes and their growth over four weeks, published components, placements and usages.

    Files that were removed in these weeks count among the nodes before.
    """
    return published_file.ask(HEADLINES, team=team, folders=published_file.within(folder)).row(0, named=True)


def layer_share(team: str | None, folder: str | None) -> float | None:
    """Return the share of visible layers that come from the library; None where it is not known."""
    if not published_file.has("adoption"):
        return None
    share: float | None = published_file.ask(
        """
        select sum(adoption.library_layers) / nullif(sum(adoption.visible_layers), 0)::double
        from marts.adoption
        inner join marts.file_freshness as files on adoption.id = files.file_key
        where adoption.level = 'file'
            and ($team::varchar is null or files.team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, files.folder_id))
        """,
        team=team,
        folders=published_file.within(folder),
    ).item()
    return share


def has_failed() -> bool:
    """Whether the last run failed."""
    runs = "select outcome from figma.runs order by started_at > now(), started_at desc nulls last limit 1"
    return published_file.ask(runs)["outcome"].to_list() == ["failed"]


def attention(team: str | None = None, folder: str | None = None) -> list[Line]:
    """What a person should look at in the files of a team and folder; the last run is that of all."""
    found = published_file.ask(
        NEEDS_ATTENTION,
        team=team,
        folders=published_file.within(folder),
        long=LONG_PUBLISHED_DAYS,
        fast=FAST_GROWTH,
        much=MUCH_LOST,
    ).row(0, named=True)
    lines = [Line("The last run failed.")] if has_failed() else []
    if found["stale_files"]:
        files = counted(found["stale_files"], "file is", "files are")
        lines.append(Line(f"{files} not at the current version: listed below."))
    return [*lines, *_shrinkage(found), *_losses(team, folder), *_leftovers(found)]


def lost_instances(team: str | None = None, folder: str | None = None) -> tuple[int, int]:
    """Usages of components that are lost, and the files that have them; none where that is not known."""
    if not published_file.has("lost_components"):
        return 0, 0
    # a library's private part is updated with what it lies in
    instances, files = published_file.ask(
        """
        select coalesce(sum(usages), 0)::bigint, count(distinct file_key)
        from marts.lost_components
        where status <> 'private part'
            and ($team::varchar is null or team_id = $team)
            and ($folders::varchar[] is null or list_contains($folders, folder_id))
        """,
        team=team,
        folders=published_file.within(folder),
    ).row(0)
    return instances, files


def _shrinkage(found: Mapping[str, Any]) -> list[Line]:
    if found["shrunk_file"] is None:
        return []
    sizes = f"from {counted(found['shrunk_from'], 'node')} to {found['shrunk_to']:,}"
    return [Line(f"{{}} shrank {sizes} in four weeks.", found["shrunk_file"], "file_growth", found["shrunk_key"])]


def _losses(team: str | None, folder: str | None) -> list[Line]:
    instances, files = lost_instances(team, folder)
    lost_by = "has lost its source" if instances == 1 else "have lost their source"
    words = f"{counted(instances, 'instance')} in {counted(files, 'file')} {lost_by}."
    return [Line(words, page="unused_and_lost")] if instances else []


def _leftovers(found: Mapping[str, Any]) -> list[Line]:
    lines = []
    if found["unused_components"]:
        unused = counted(found["unused_components"], "component")
        where = _nowhere(is_certain=found["is_certain"])
        lines.append(
            Line(f"{unused} published for over {LONG_PUBLISHED_DAYS} days and {where}.", page="unused_and_lost")
        )
    if found["gone_styles"]:
        references = counted(found["gone_references"], "reference")
        styles = counted(found["gone_styles"], "style")
        lines.append(Line(f"{references} to {styles} that no library here has.", page="orphaned_styles"))
    if found["grown_file"] is not None:
        lines.append(Line(f"{{}} grew by {found['growth']:,.0%} in four weeks.", found["grown_file"], "file_growth"))
    return lines


def _answers() -> dict[str, Line]:
    found = {
        "overview": _answer(_sizes),
        "component_usage": _answer(_leading),
        "unused_and_lost": _answer(_unused_and_lost),
        "orphaned_styles": _answer(_orphans),
        "adoption": _answer(_share),
        "file_growth": _answer(_fastest),
    }
    return {page: line for page, line in found.items() if line}


def _answer(ask: Callable[[], Line | None]) -> Line | None:
    """Return an answer; None where the file is of a version that has not all of what it takes."""
    try:
        return ask()
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def _sizes() -> Line:
    whole = headline(None, None)
    return Line(f"{counted(whole['files'], 'file')}, {counted(whole['nodes'], 'node')}")


def _leading() -> Line:
    found = published_file.ask(LEADING)
    if found.is_empty():
        return Line("No component is used")
    name, placements, files = found.row(0)
    return Line(f"{{}} leads with {counted(placements, 'placement')} in {counted(files, 'file')}", name)


def _unused_and_lost() -> Line:
    unused, is_certain = published_file.ask(
        "select count(*), coalesce(bool_and(is_conclusive), true) from marts.unused_components"
    ).row(0)
    words = f"{counted(unused, 'component')} {_nowhere(is_certain=is_certain)}"
    if not published_file.has("lost_components"):
        return Line(words)
    lost, _ = lost_instances()
    return Line(f"{words} · {counted(lost, 'instance lost its source', 'instances lost their source')}")


def _orphans() -> Line:
    styles, references, unused, is_certain = published_file.ask(
        """
        select
            count(*) filter (where kind = 'dangling'),
            coalesce(sum("references") filter (where kind = 'dangling'), 0)::bigint,
            count(*) filter (where kind = 'unused'),
            coalesce(bool_and(is_conclusive), true)
        from marts.orphaned_styles
        """
    ).row(0)
    gone = f"{counted(references, 'reference')} to {counted(styles, 'style')} in no library"
    return Line(f"{gone} · {unused:,} {'' if is_certain else 'perhaps '}unused")


def _share() -> Line | None:
    share = layer_share(None, None)
    return None if share is None else Line(f"{share:.1%} of visible layers from the library")


def _fastest() -> Line:
    found = published_file.ask("""
        select coalesce(file_name, file_key) as file, growth_4_weeks
        from marts.file_growth
        where is_latest and not is_branch and not is_removed and growth_4_weeks > 0
        order by growth_4_weeks desc, nodes desc, lower(file), file_key
        limit 1
    """)
    if found.is_empty():
        return Line("No file has grown in four weeks")
    name, growth = found.row(0)
    return Line(f"{{}}, {growth:+,.0%} in four weeks", name)


def _nowhere(*, is_certain: bool) -> str:
    return "used nowhere" if is_certain else "perhaps used nowhere"
