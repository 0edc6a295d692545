"""The queries of a digest. `$since` is the start of its period, UTC; `$team` is the id of one team, or null for all."""

TEAMS = """
select distinct team_id, team_name
from marts.file_freshness
where team_id is not null
order by team_name, team_id
"""
DATA = """
select
    (
        select max(finished_at)
        from figma.runs
        where finished_at <= now() and outcome is distinct from 'failed'
    ) as as_of,
    count(*) filter (where is_expected) as files_expected,
    count(*) filter (where is_expected and is_current) as files_current,
    min(file_key) filter (where is_expected and not is_current) as behind
from marts.file_freshness
where $team is null or team_id = $team
"""
UNLISTED = """
select coverage.resource, coverage.skipped, coverage.skip_reasons
from marts.coverage as coverage
where
    list_contains($listings, coverage.resource)
    and coverage.skipped > 0
    and coverage.run_id = (
        select run_id from marts.coverage
        where started_at <= now() and list_contains($listings, resource)
        order by started_at desc, run_id
        limit 1
    )
order by coverage.resource
"""
# the newest week against the last one that ended before the period
ADOPTION = """
with shares as (
    select week_start, level, id, value
    from marts.adoption_weekly
    where
        share_name = 'layers'
        and value is not null
        and (level = 'team' and ($team is null or id = $team) or level = 'organisation' and $team is null)
),

compared as (
    select
        level,
        id,
        max_by(value, week_start) as share,
        max_by(value, week_start) filter (where week_start + interval '7 days' <= $since) as share_before
    from shares
    group by level, id
)

select
    compared.level,
    compared.id,
    case when compared.level = 'organisation' then 'All teams' else coalesce(adoption.name, compared.id) end as name,
    compared.share,
    compared.share - compared.share_before as change,
    adoption.sample_url as figma_url
from compared
left join marts.adoption as adoption on compared.level = adoption.level and compared.id = adoption.id
order by compared.level <> 'organisation', abs(coalesce(change, 0)) desc, name, compared.id
"""
# for a published file without adoption_weekly; it knows no teams
PLACEMENTS = """
with placed as (
    select
        coalesce(component_set_key, component_key) as item_key,
        week_start,
        max(coalesce(component_set_name, component_name)) as name,
        sum(placements) as placements
    from marts.usage_history
    where library_file_key is not null and $team is null
    group by coalesce(component_set_key, component_key), week_start
),

weeks as (
    select
        max(week_start) as latest,
        max(week_start) filter (where week_start + interval '7 days' <= $since) as before
    from placed
),

compared as (
    select
        placed.item_key,
        max(placed.name) as name,
        coalesce(sum(placed.placements) filter (where placed.week_start = weeks.latest), 0)::bigint as placements,
        coalesce(sum(placed.placements) filter (where placed.week_start = weeks.before), 0)::bigint as placements_before
    from placed
    cross join weeks
    where weeks.before is not null
    group by placed.item_key
)

select
    compared.item_key,
    compared.name,
    compared.placements,
    compared.placements - compared.placements_before as change,
    sum(compared.placements) over ()::bigint as all_placements,
    sum(compared.placements - compared.placements_before) over ()::bigint as all_change,
    (
        select min(sample_url) from marts.component_reach as reach
        where coalesce(reach.component_set_key, reach.component_key) = compared.item_key
    ) as figma_url
from compared
order by abs(change) desc, compared.name, compared.item_key
"""
# a first load reports everything that was published long ago as well. What a later load found counts by when it was
# found, since it can be older. The variants of a set are one item
CHANGES = """
with first_looks as (
    select library_file_key, min(seen_at) as first_seen_at
    from marts.library_changes
    group by library_file_key
),

sets as (
    select component_key, component_set_key, component_set_name
    from marts.component_reach
    where component_set_key is not null
),

changes as (
    select
        changes.event,
        coalesce(sets.component_set_key, changes.item_key) as item_key,
        case when sets.component_set_key is null then changes.kind else 'component_set' end as kind,
        coalesce(sets.component_set_name, changes.item_name) as name,
        case when sets.component_set_key is null then changes.name_before end as name_before,
        changes.library_file_key,
        changes.library_file_name,
        changes.figma_url,
        changes.happened_at
    from marts.library_changes as changes
    left join sets on changes.kind = 'component' and changes.item_key = sets.component_key
    left join first_looks on changes.library_file_key is not distinct from first_looks.library_file_key
    where
        (changes.happened_at >= $since or changes.seen_at >= $since and changes.seen_at > first_looks.first_seen_at)
        and (
            $team is null
            or changes.library_file_key in (
                select library_file_key from marts.library_usage where team_id = $team or library_team_id = $team
            )
        )
)

select
    event,
    kind,
    item_key,
    max_by(name, happened_at) as name,
    max_by(name_before, happened_at) as name_before,
    any_value(library_file_key) as library_file_key,
    any_value(library_file_name) as library_name,
    min(figma_url) as figma_url
from changes
group by event, kind, item_key
order by name, item_key
"""
DEPRECATED = """
select
    kind,
    item_key,
    max(coalesce(component_set_name || ': ' || item_name, item_name)) as name,
    max(replacement_name) as replacement,
    any_value(library_file_key) as library_file_key,
    sum(usages)::bigint as usages,
    count(distinct file_key) as files,
    min(figma_url) as figma_url
from marts.deprecated_usage
where
    usages > 0
    and not is_at_home
    and not is_in_deprecated_set
    and ($team is null or team_id = $team)
group by kind, item_key
order by usages desc, name, item_key
"""
DETACHMENTS = """
select
    coalesce(component_set_key, component_key) as item_key,
    max(coalesce(component_set_name, component_name)) as name,
    count(*) as times,
    count(distinct file_key) as files,
    max_by(file_name, detached_by_at) as file_name,
    max_by(editors, detached_by_at) as editors,
    max_by(figma_url, detached_by_at) as figma_url
from marts.detachments
where
    detached_by_at >= $since
    and ($team is null or team_id = $team)
group by coalesce(component_set_key, component_key)
order by times desc, name, item_key
"""
GROWTH = """
with compared as (
    select
        weekly.file_key,
        max_by(weekly.file_name, weekly.week_start) as name,
        max_by(weekly.nodes, weekly.week_start) as nodes,
        max_by(weekly.nodes, weekly.week_start) filter (where weekly.week_start + interval '7 days' <= $since)
            as nodes_before
    from marts.file_growth_weekly as weekly
    inner join marts.file_growth as latest
        on weekly.file_key = latest.file_key and latest.is_latest and not latest.is_removed
    where not weekly.is_branch and ($team is null or weekly.team_id = $team)
    group by weekly.file_key
)

select
    file_key,
    name,
    nodes,
    nodes_before,
    'https://www.figma.com/design/' || file_key as figma_url
from compared
where nodes > coalesce(nodes_before, 0)
order by nodes - coalesce(nodes_before, 0) desc, name, file_key
"""
ATTENTION = """
with begun as (
    {begun}
)

select
    attention.kind,
    count(*) as findings,
    count(begun.kind) as begun,
    max_by(attention.sentence, (begun.kind is not null, attention.figure, attention.file_key)) as sentence,
    max_by(attention.sample_url, (begun.kind is not null, attention.figure, attention.file_key)) as figma_url
from marts.attention as attention
left join begun
    on
        attention.kind = begun.kind
        and attention.subject_type = begun.subject_type
        and attention.subject_key = begun.subject_key
        and attention.file_key = begun.file_key
where $team is null or attention.team_id = $team
group by attention.kind
order by min(list_position(['high', 'medium', 'low'], attention.severity)), findings desc, attention.kind
"""
BEGUN = """
    select kind, subject_type, subject_key, file_key
    from internal.findings
    where began_at >= $since and ended_at is null and not is_from_first_run
"""
# for a published file of a version that recorded no findings
NONE_BEGUN = """
    select kind, subject_type, subject_key, file_key
    from marts.attention
    where false
"""
