# ruff: noqa: S608  # our own text
"""The queries of the pages of files, for all keys in `$keys` at once; `item` is the key of the page."""

OF = "file_key in (select unnest($keys::json::varchar[]))"
STATE = f"""
    select
        file_key as item,
        is_expected,
        is_loaded,
        is_current,
        last_modified_at,
        loaded_modified_at,
        loaded_at,
        replace(skip_reason, '_', ' ') as skip_reason,
        retry_at
    from marts.file_freshness
    where {OF}
"""
LATEST = f"""
    select
        file_key as item,
        nodes,
        visible_nodes,
        pages,
        growth_4_weeks as growth,
        is_removed
    from marts.file_growth
    where is_latest and {OF}
"""
SHARES = """
    select id as item, layer_share, style_share, visible_layers
    from marts.adoption
    where level = 'file' and id in (select unnest($keys::json::varchar[]))
"""
USED = f"""
    select
        file_key as item,
        coalesce(sum(placements), 0)::bigint as placements,
        coalesce(sum(usages), 0)::bigint as usages,
        count(distinct coalesce(component_set_key, component_key)) filter (where usages > 0) as components
    from marts.component_usage
    where {OF}
    group by file_key
"""
ACTIVITY = f"""
    select file_key as item, state, last_saved_week
    from marts.file_activity
    where {OF}
    order by week_start desc
"""
ATTENTION = f"""
    select
        file_key as item,
        sentence,
        case when subject_type in ('component', 'component_set') then subject_key end as component_key,
        case when subject_type in ('component', 'component_set') then subject_name end as component,
        sentence_case(severity) as severity,
        certainty(is_conclusive) as certainty,
        sample_url as url
    from marts.attention
    where {OF}
    order by list_position(['high', 'medium', 'low'], severity), kind, figure desc, subject_name, subject_key
"""
WEEKS = f"""
    select file_key as item, week_start as week, nodes, visible_nodes, is_observed
    from marts.file_growth_weekly
    where {OF}
    order by week_start
"""
STATES = f"""
    select
        file_key as item,
        last_modified_at,
        nodes,
        nodes_added,
        growth,
        pages,
        instances,
        text_nodes,
        component_definitions as definitions,
        bytes
    from marts.file_growth
    where {OF}
    order by last_modified_at desc, version
"""
PAGES = f"""
    select
        file_key as item,
        coalesce(page_name, page_id) as page,
        nodes,
        share_of_file as share,
        hidden_nodes,
        instances,
        text_nodes,
        vector_nodes,
        images,
        deepest_level,
        heaviest_layer_name as heaviest,
        heaviest_layer_nodes as heaviest_nodes,
        heaviest_layer_url as instance,
        figma_url as url
    from marts.page_weight
    where {OF}
    order by nodes desc, position, page_id
"""
COMPONENTS = f"""
    select
        usage.file_key as item,
        coalesce(usage.component_set_key, usage.component_key) as component_key,
        min(
            set_or_component_title(
                usage.component_set_key, usage.component_set_name, usage.component_name, usage.component_key
            )
        ) as component,
        sum(usage.placements)::bigint as placements,
        sum(usage.usages)::bigint as usages,
        sum(usage.hidden)::bigint as hidden,
        sum(usage.in_definitions)::bigint as in_definitions,
        any_value(usage.library_file_key) as library_key,
        coalesce(any_value(libraries.file_name), any_value(usage.library_file_key), 'Not published') as library,
        first(usage.sample_url order by usage.placements desc, usage.usages desc, usage.component_key) as url
    from marts.component_usage as usage
    left join marts.file_freshness as libraries on usage.library_file_key = libraries.file_key
    where usage.{OF}
    group by usage.file_key, coalesce(usage.component_set_key, usage.component_key)
    order by placements desc, usages desc, lower(component), 2
"""
STYLES = f"""
    select
        file_key as item,
        coalesce(min(style_name), style_key, 'No style') as style,
        sentence_case(lower(min(style_type))) as type,
        string_agg(distinct replace(slot, '_', ' '), ', ' order by replace(slot, '_', ' ')) as slots,
        sum(style_references)::bigint as "references",
        sum(references_visible)::bigint as visible,
        yes_no(bool_or(is_published)) as published,
        any_value(sample_url) as url
    from marts.style_usage
    where {OF}
    group by file_key, style_key
    order by "references" desc, lower(style), style_key
"""
LIBRARIES = f"""
    select
        file_key as item,
        library_file_key as library_key,
        coalesce(library_file_name, library_file_key, 'Unknown') as library,
        placements,
        usages,
        components_used as components,
        in_definitions,
        style_references as "references",
        styles_used as styles,
        sample_url as url
    from marts.library_usage
    where {OF}
    order by placements desc, usages desc, "references" desc, lower(library), library_file_key
"""
BY_HAND = f"""
    select
        file_key as item,
        value_text(hardcoded.kind, hardcoded.value) as value,
        value_kind(hardcoded.kind) as kind,
        occurrences,
        coalesce(nearest_name, nearest_key) as nearest,
        value_text(hardcoded.kind, hardcoded.nearest_value) as nearest_value,
        replace(fit, '_', ' ') as fit,
        sample_url as url
    from marts.hardcoded_values as hardcoded
    where {OF}
    order by occurrences desc, hardcoded.kind, hardcoded.value
"""
VARIABLES = f"""
    select
        file_key as item,
        coalesce(min(variable_name), variable_key, local_variable_id) as variable,
        string_agg(distinct replace(slot_kind, '_', ' '), ', ' order by replace(slot_kind, '_', ' ')) as slots,
        sum(bindings)::bigint as bindings,
        sum(bindings_visible)::bigint as visible,
        first(sample_url order by bindings desc, slot_kind) as url
    from marts.variable_usage
    where {OF}
    group by file_key, variable_key, local_variable_id, token_name
    order by bindings desc, variable
"""
STALE = f"""
    select
        file_key as item,
        coalesce(variable_name, variable_key) as variable,
        bindings,
        bindings_visible as visible,
        variable_suffix as suffix,
        recent_suffix,
        certainty(is_conclusive) as certainty,
        sample_url as url
    from marts.stale_bindings
    where is_stale and {OF}
    order by bindings desc, variable_key, variable_suffix
"""
DEPRECATED = f"""
    select
        file_key as item,
        item_key as component_key,
        coalesce(component_title(component_set_name, item_name), item_key) as component,
        sentence_case(replace(kind, '_', ' ')) as kind,
        usages,
        placements,
        replacement_key,
        replacement_name as replacement,
        sample_url as url
    from marts.deprecated_usage
    where not is_at_home and not is_in_deprecated_set and {OF}
    order by usages desc, lower(component), item_key
"""
THREADS = f"""
    select
        file_key as item,
        opened_at,
        coalesce(author_handle, author_id) as person,
        yes_no(is_waiting) as waits,
        hours_to_first_reply as hours,
        replies,
        reactions,
        coalesce(node_name, node_id) as layer,
        page_name as page,
        message,
        certainty(is_conclusive) as certainty,
        figma_url as url
    from marts.comment_threads
    where is_open and {OF}
    order by is_waiting desc, opened_at, thread_id
"""
READY_FOR_DEV = f"""
    select
        file_key as item,
        coalesce(node_name, node_id) as layer,
        sentence_case(lower(replace(dev_status, '_', ' '))) as dev_status,
        sentence_case(lower(replace(node_type, '_', ' '))) as type,
        coalesce(page_name, page_id) as page,
        nodes,
        figma_url as url
    from marts.ready_for_dev
    where {OF}
    order by dev_status desc, lower(page), lower(layer), node_id
"""
EDITORS = f"""
    select
        file_key as item,
        coalesce(any_value(user_handle), user_id) as person,
        sum(saved_versions)::bigint as saved_versions,
        sum(named_versions)::bigint as named_versions,
        sum(sessions)::bigint as sessions,
        count(*) as weeks,
        max(last_saved_at) as last_saved_at
    from marts.file_editors
    where {OF}
    group by file_key, user_id
    order by saved_versions desc, lower(person), user_id
"""
VIEWS = f"""
    select
        file_key as item,
        week_start as week,
        people_opened,
        opens,
        prototype_opens,
        people_exported,
        exports,
        people_saved,
        case when is_conclusive then 'Whole week' else 'Part of the week' end as covered
    from marts.file_views
    where {OF}
    order by week_start desc
"""
DETACHMENTS = f"""
    select
        file_key as item,
        coalesce(layer_name, node_id) as layer,
        figma_url as url,
        component_key,
        coalesce(component_title(component_set_name, component_name), component_key) as component,
        detached_by_at,
        editors,
        confidence,
        case when is_still_there then 'Still there' else 'Gone' end as frame
    from marts.detachments
    where {OF}
    order by detached_by_at desc, confidence desc, lower(layer), node_id
"""
LOST = f"""
    select
        file_key as item,
        component_key,
        coalesce(component_title(component_set_name, component_name), layer_name, component_key, component_id)
            as component,
        yes_no(is_lost) as is_lost,
        sentence_case(status) as status,
        placements,
        usages,
        library_file_key as library_key,
        library_file_name as library,
        unpublished_at,
        sample_url as url
    from marts.lost_components
    where {OF}
    order by marts.lost_components.is_lost desc, placements desc, usages desc, lower(component), component_id
"""
PUBLISHED = """
    select
        library_file_key as item,
        coalesce(component_set_key, component_key) as component_key,
        min(set_or_component_title(component_set_key, component_set_name, component_name, component_key)) as component,
        count(*) as components,
        coalesce(sum(placements), 0)::bigint as placements,
        coalesce(sum(usages), 0)::bigint as usages,
        min(published_at) as published_at
    from marts.component_reach
    where is_published and library_file_key in (select unnest($keys::json::varchar[]))
    group by library_file_key, coalesce(component_set_key, component_key)
    order by placements desc, usages desc, lower(component), 2
"""
USERS = """
    select
        library_file_key as item,
        file_key,
        coalesce(file_name, file_key) as file,
        coalesce(team_name, team_id) as team,
        placements,
        usages,
        style_references as "references",
        sample_url as url
    from marts.library_usage
    where library_file_key in (select unnest($keys::json::varchar[]))
    order by placements desc, usages desc, "references" desc, lower(file), file_key
"""
BRANCHES = """
    select
        main_file_key as item,
        file_key,
        coalesce(file_name, file_key) as file,
        last_modified_at,
        yes_no(is_loaded) as loaded
    from marts.file_freshness
    where is_branch and main_file_key in (select unnest($keys::json::varchar[]))
    order by last_modified_at desc nulls last, lower(file), file_key
"""
COPIES = """
    select
        file_key as item,
        coalesce(item_name, 'Unnamed') as component,
        item_key as component_key,
        published_name as replacement,
        published_key as replacement_key,
        shadow_match(match_kind) as alike,
        placements,
        usages,
        coalesce(library_file_name, library_file_key) as library,
        library_file_key as library_key,
        certainty(is_conclusive) as certainty,
        figma_url as url
    from marts.shadow_components
    where file_key in (select unnest($keys::json::varchar[]))
    order by placements desc, usages desc, lower(component), node_id
"""
