# ruff: noqa: S608  # our own text
"""The queries of the pages of components and sets, for all keys in `$keys` at once; `item` is the key of the page."""

# a row of a component is one of its set, too
OF = """
    cross join unnest([{of}.component_key, {of}.component_set_key]) as items(item)
    where items.item in (select unnest($keys::json::varchar[]))
"""
ATTENTION = """
    select subject_key as item, sentence, sentence_case(severity) as severity, certainty(is_conclusive) as certainty,
        file_key, coalesce(file_name, file_key) as file, sample_url as url
    from marts.attention
    where subject_type in ('component', 'component_set') and subject_key in (select unnest($keys::json::varchar[]))
    order by list_position(['high', 'medium', 'low'], severity), kind, lower(file), file_key
"""
WEEKS = f"""
    select
        items.item,
        history.week_start as week,
        sum(history.usages)::bigint as usages,
        sum(history.placements)::bigint as placements,
        sum(history.insertions)::bigint as insertions,
        sum(history.removals)::bigint as removals,
        sum(history.swaps_in)::bigint as swaps_in,
        sum(history.swaps_out)::bigint as swaps_out,
        sum(history.detachments)::bigint as detachments
    from marts.usage_history as history
    {OF.format(of="history")}
        and history.is_mostly_scanned
    group by items.item, history.week_start
    order by history.week_start
"""
TEAMS = f"""
    select
        items.item,
        coalesce(min(usage.team_name), usage.team_id, 'No team') as team,
        sum(usage.placements)::bigint as placements,
        sum(usage.usages)::bigint as usages,
        count(distinct usage.file_key) as files
    from marts.component_usage as usage
    {OF.format(of="usage")}
        and is_use(usage.usages, usage.is_at_home)
    group by items.item, usage.team_id
    order by placements desc, usages desc, lower(team), usage.team_id
"""
USED_IN = f"""
    select
        items.item,
        usage.file_key,
        coalesce(min(usage.file_name), usage.file_key) as file,
        coalesce(min(usage.team_name), min(usage.team_id)) as team,
        sum(usage.placements)::bigint as placements,
        sum(usage.usages)::bigint as usages,
        sum(usage.hidden)::bigint as hidden,
        max(usage.last_seen_at) as last_seen_at,
        first(usage.sample_url order by usage.placements desc, usage.usages desc, usage.sample_url) as url
    from marts.component_usage as usage
    {OF.format(of="usage")}
        and is_use(usage.usages, usage.is_at_home)
    group by items.item, usage.file_key
    order by sum(usage.placements) desc, sum(usage.usages) desc, lower(file), usage.file_key
"""
VARIANTS = """
    select
        component_set_key as item,
        component_key as key,
        component_key as variant_key,
        coalesce(component_name, component_key) as variant,
        coalesce(placements, 0) as placements,
        coalesce(usages, 0) as usages,
        coalesce(files_using, 0) as files,
        state_of_use(
            files_using > 0, (select coalesce(bool_and(is_conclusive), false) from marts.unused_components)
        ) as state,
        yes_no(is_published) as published,
        sample_url as instance
    from marts.component_reach
    where component_set_key in (select unnest($keys::json::varchar[]))
    order by placements desc, usages desc, lower(variant), component_key
"""
PROPERTIES = """
    select
        component_set_key as item,
        property_name as property,
        sentence_case(replace(lower(property_type), '_', ' ')) as type,
        coalesce(value_name, 'Any other text') as value,
        placements,
        usages,
        files_using as files,
        case when is_declared then state_of_use(not is_unused, is_conclusive) else 'Not declared' end as state,
        sample_url as url
    from marts.variant_usage
    where component_set_key in (select unnest($keys::json::varchar[]))
    order by property_type <> 'VARIANT', lower(property_name), placements desc, usages desc, lower(value), property
"""
OVERRIDES = f"""
    with placed as (
        select items.item, sum(reach.placements) as placements
        from marts.component_reach as reach
        {OF.format(of="reach")}
        group by items.item
    )
    select
        items.item,
        overrides.field,
        any_value(sentence_case(overrides.field_group)) as "group",
        sum(overrides.placements_overriding)::bigint as overriding,
        sum(overrides.placements_overriding) / nullif(any_value(placed.placements), 0)::double as override_share,
        sum(overrides.placements_overriding_own)::bigint as own,
        sum(overrides.placements_overriding_layers)::bigint as layers,
        first(overrides.sample_url order by overrides.placements_overriding desc, overrides.component_key) as url
    from marts.component_overrides as overrides
    cross join unnest([overrides.component_key, overrides.component_set_key]) as items(item)
    inner join placed on items.item = placed.item
    group by items.item, overrides.field
    order by overriding desc, lower(overrides.field)
"""
SWAPS = """
    select
        items.item,
        swaps.component_key_before,
        swaps.component_key_after,
        coalesce(
            min(component_title(swaps.component_set_name_before, swaps.component_name_before)),
            swaps.component_key_before,
            'Unknown component'
        ) as component_before,
        coalesce(
            min(component_title(swaps.component_set_name_after, swaps.component_name_after)),
            swaps.component_key_after,
            'Unknown component'
        ) as component_after,
        count(*) as swaps,
        count(distinct swaps.file_key) as files,
        max(swaps.swapped_by_at) as swapped_by_at,
        first(
            swaps.figma_url
            order by swaps.is_still_there desc, swaps.swapped_by_at desc, swaps.file_key, swaps.node_id
        ) as url
    from marts.component_swaps as swaps
    cross join unnest(list_distinct([
        swaps.component_key_before, swaps.component_set_key_before,
        swaps.component_key_after, swaps.component_set_key_after
    ])) as items(item)
    where items.item in (select unnest($keys::json::varchar[]))
    group by items.item, swaps.component_key_before, swaps.component_key_after
    order by swaps desc, lower(component_before), lower(component_after), swaps.component_key_before
"""
DEPENDANTS = """
    with recursive asked as (
        select reach.component_key, items.item
        from marts.component_reach as reach
        cross join unnest([reach.component_key, reach.component_set_key]) as items(item)
        where items.item in (select unnest($keys::json::varchar[]))
    ),
    steps as (
        select item, component_key, 0 as depth
        from asked
        union
        select steps.item, dependencies.component_key, steps.depth + 1
        from marts.component_dependencies as dependencies
        inner join steps on dependencies.needed_key = steps.component_key
        where dependencies.is_direct and steps.depth < 30
    ),
    nearest as (
        select item, component_key, min(depth) as depth from steps group by item, component_key having min(depth) > 0
    )
    select
        nearest.item,
        nearest.component_key,
        coalesce(
            component_title(min(dependencies.component_set_name), min(dependencies.component_name)),
            nearest.component_key
        ) as component,
        min(dependencies.file_key) as file_key,
        min(dependencies.file_name) as file,
        min(nearest.depth) as depth,
        coalesce(min(reach.placements), 0) as placements,
        coalesce(min(reach.files_using), 0) as files,
        yes_no(bool_or(dependencies.is_published)) as published,
        min(dependencies.sample_url) as url
    from nearest
    inner join marts.component_dependencies as dependencies on nearest.component_key = dependencies.component_key
    left join marts.component_reach as reach on nearest.component_key = reach.component_key
    group by nearest.item, nearest.component_key
    order by depth, placements desc, lower(component), nearest.component_key
"""
NEEDED = f"""
    select
        items.item,
        needs.needed_key as component_key,
        coalesce(component_title(min(needs.needed_set_name), min(needs.needed_name)), needs.needed_key) as component,
        sum(needs.instances)::bigint as instances,
        yes_no(bool_or(needs.needed_is_published)) as published,
        min(needs.sample_url) as url
    from marts.component_dependencies as needs
    {OF.format(of="needs")}
        and needs.is_direct
    group by items.item, needs.needed_key
    order by instances desc, lower(component), needs.needed_key
"""
DEFINITION_CHANGES = """
    select
        items.item,
        changes.sentence,
        changes.changed_by_at,
        changes.published_at,
        changes.figma_url as url
    from marts.component_changes as changes
    cross join unnest([changes.item_key, changes.component_set_key]) as items(item)
    where items.item in (select unnest($keys::json::varchar[]))
    order by changes.changed_by_at desc, changes.sentence
"""
CHANGES = """
    select
        changes.item_key as item,
        changes.happened_at,
        sentence_case(changes.event) as event,
        case changes.event when 'renamed' then changes.name_before when 'moved' then changes.place_before end as before,
        case changes.event when 'renamed' then changes.item_name when 'moved' then changes.place end as after,
        changes.user_handle as person,
        changes.figma_url as url
    from marts.library_changes as changes
    where changes.kind in ('component', 'component_set') and changes.item_key in (select unnest($keys::json::varchar[]))
    order by changes.happened_at desc nulls last, changes.event
"""
CODE = """
    select
        coverage.item_key as item,
        unnest(string_split(coverage.urls, chr(10))) as address,
        coverage.figma_url as url
    from marts.code_coverage as coverage
    where coverage.urls is not null and coverage.item_key in (select unnest($keys::json::varchar[]))
    order by item, address
"""
DETACHMENTS = f"""
    select
        items.item,
        coalesce(detachments.layer_name, detachments.node_id) as layer,
        detachments.figma_url as url,
        detachments.file_key,
        coalesce(detachments.file_name, detachments.file_key) as file,
        coalesce(detachments.team_name, detachments.team_id) as team,
        detachments.detached_by_at,
        detachments.editors,
        detachments.confidence,
        case when detachments.is_still_there then 'Still there' else 'Gone' end as frame
    from marts.detachments
    {OF.format(of="detachments")}
    order by detachments.detached_by_at desc, detachments.confidence desc, lower(layer), detachments.node_id
"""
LOST = f"""
    select
        items.item,
        lost.file_key,
        coalesce(lost.file_name, lost.file_key) as file,
        coalesce(lost.team_name, lost.team_id) as team,
        sentence_case(lost.status) as status,
        yes_no(lost.is_lost) as is_lost,
        lost.placements,
        lost.usages,
        lost.unpublished_at,
        lost.sample_url as url
    from marts.lost_components as lost
    {OF.format(of="lost")}
    order by lost.is_lost desc, lost.placements desc, lost.usages desc, lower(file), lost.file_key
"""
COPIES = """
    select
        published_key as item,
        coalesce(item_name, 'Unnamed') as copy,
        shadow_match(match_kind) as alike,
        placements,
        usages,
        file_key,
        coalesce(file_name, file_key) as file,
        coalesce(team_name, team_id) as team,
        certainty(is_conclusive) as certainty,
        figma_url as url
    from marts.shadow_components
    where published_key in (select unnest($keys::json::varchar[]))
    order by placements desc, usages desc, lower(copy), lower(file), file_key, node_id
"""
REPEATED = """
    select
        shadows.item_key as item,
        shadows.published_name as component,
        shadows.published_key as component_key,
        shadow_match(match_kind) as alike,
        shadows.published_items,
        shadows.library_file_key as library_key,
        coalesce(shadows.library_file_name, shadows.library_file_key) as library,
        coalesce(shadows.file_name, shadows.file_key) as file,
        shadows.file_key,
        certainty(shadows.is_conclusive) as certainty,
        shadows.published_url as url
    from marts.shadow_components as shadows
    where shadows.item_key in (select unnest($keys::json::varchar[]))
    order by lower(file), shadows.file_key, shadows.node_id
"""
DOCUMENTATION = """
    with mapped as (
        select component_key as item, documentation_url, is_remote, file_key from figma.file_components
        union all
        select component_set_key, documentation_url, is_remote, file_key from figma.file_component_sets
    )
    select item, documentation_url
    from mapped
    where documentation_url is not null and item in (select unnest($keys::json::varchar[]))
    order by item, coalesce(is_remote, false), file_key
"""
FINDINGS = """
    select
        item_key as item,
        replace(problem, '_', ' ') as problem,
        case when property is not null then regexp_replace(property, '#[0-9:]+$', '')
            when alike is not null then concat('Of ', alike, case when alike = 1 then ' other' else ' others' end)
            end as detail,
        certainty(problem <> 'unused_property' or is_conclusive) as certainty,
        figma_url as url
    from marts.library_hygiene
    where kind in ('component', 'component_set') and item_key in (select unnest($keys::json::varchar[]))
    order by problem, detail
"""
REACH = f"""
    select
        items.item,
        bool_or(reach.is_published) as is_published,
        min(reach.published_at) as published_at,
        coalesce(sum(reach.placements), 0)::bigint as placements,
        coalesce(sum(reach.usages), 0)::bigint as usages,
        coalesce(sum(reach.in_definitions), 0)::bigint as in_definitions,
        sum(reach.placement_share) as placement_share,
        coalesce(sum(reach.branch_usages), 0)::bigint as branch_usages,
        count(*) filter (where reach.files_using > 0) as used_variants,
        count(*) as variants
    from marts.component_reach as reach
    {OF.format(of="reach")}
    group by items.item
"""
FILES_USING = f"""
    select items.item, count(distinct usage.file_key) as files, count(distinct usage.team_id) as teams
    from marts.component_usage as usage
    {OF.format(of="usage")}
        and is_use(usage.usages, usage.is_at_home)
    group by items.item
"""
DEPRECATED = """
    select item_key as item, named_in, replacement_key, replacement_name
    from marts.deprecated_usage
    where kind <> 'style' and item_key in (select unnest($keys::json::varchar[]))
    order by item_key, file_key
"""
IMPACT = """
    with recursive asked as (
        select reach.component_key, items.item
        from marts.component_reach as reach
        cross join unnest([reach.component_key, reach.component_set_key]) as items(item)
        where items.item in (select unnest($keys::json::varchar[]))
    ),
    touched as (
        select item, component_key
        from asked
        union
        select touched.item, dependencies.component_key
        from marts.component_dependencies as dependencies
        inner join touched on dependencies.needed_key = touched.component_key
    )
    select touched.item, count(*) as dependants
    from touched
    anti join asked on touched.item = asked.item and touched.component_key = asked.component_key
    group by touched.item
"""
UNUSED = f"""
    select items.item, bool_and(unused.is_conclusive) as is_conclusive
    from marts.unused_components as unused
    {OF.format(of="unused")}
    group by items.item
    having count(*) = (
        select count(*)
        from marts.component_reach as reach
        where reach.is_published and items.item in (reach.component_key, reach.component_set_key)
    )
"""
WEIGHT = """
    select component_set_key as item, nodes_brought, nodes_brought_median, nodes_of_variants
    from marts.set_weight
    where component_set_key in (select unnest($keys::json::varchar[]))
"""
