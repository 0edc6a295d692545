-- nested and hidden instances are usages; instances that compose a component are not. A placement is an instance that a
-- designer placed, visibly, outside the file that publishes the component
with counted as (
    select
        counts.component_key,
        counts.file_key,
        count(distinct counts.page_id) filter (where counts.usages > 0) as pages,
        {{ summed_instance_counts('counts') }},
        {{ first_by('counts.sample_node_id', 'counts.sample_place') }} as sample_node_id
    from {{ ref('int_instance_counts') }} as counts
    inner join {{ ref('int_files') }} as files
        on counts.file_key = files.file_key
    where
        not files.is_branch
        and counts.component_key is not null
    group by
        counts.component_key,
        counts.file_key
),

seen as (
    select
        snapshots.component_key,
        snapshots.file_key,
        min(snapshots.last_modified_at) as first_seen_at,
        max(snapshots.last_modified_at) as last_seen_at
    from {{ ref('stg_snapshot_components') }} as snapshots
    group by
        snapshots.component_key,
        snapshots.file_key
)

select
    counted.component_key,
    counted.file_key,
    components.component_name,
    components.component_set_key,
    components.component_set_name,
    components.library_file_key,
    coalesce(components.is_published, false) as is_published,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    counted.instances,
    counted.direct,
    counted.nested,
    counted.in_definitions,
    counted.hidden,
    counted.usages,
    case
        when components.is_published and components.library_file_key = counted.file_key then 0
        else counted.placements
    end as placements,
    counted.pages,
    coalesce(components.is_published and components.library_file_key = counted.file_key, false) as is_at_home,
    seen.first_seen_at,
    seen.last_seen_at,
    {{ figma_url('counted.file_key', 'counted.sample_node_id') }} as sample_url
from counted
inner join {{ ref('int_files') }} as files
    on counted.file_key = files.file_key
left join {{ ref('int_components') }} as components
    on counted.component_key = components.component_key
left join seen
    on
        counted.component_key = seen.component_key
        and counted.file_key = seen.file_key
