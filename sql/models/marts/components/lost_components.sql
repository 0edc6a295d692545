-- an instance is lost if its component can no longer be updated: no published list has it, and the file of the instance
-- does not define it. A document does not name the library of a remote component. The library counts as known if a list
-- ever had the component, or if a loaded file defines it, whatever is known of its set. A component that the map calls
-- local, but that is not in the document, is missing, like a component that the map does not have. A component that its
-- library never published, and whose instances are all inside instances of published components, is a private part of
-- the library: it arrives and is updated with them. With key_lookups, Figma names the library of a component that is
-- published outside of the lists: nothing is lost there
with defined as (
    select
        file_components.component_key,
        min(file_components.file_key) as file_key
    from {{ ref('int_file_components') }} as file_components
    inner join {{ ref('int_files') }} as files
        on file_components.file_key = files.file_key
    where
        not files.is_branch
        and file_components.is_defined
        and file_components.component_key is not null
    group by file_components.component_key
),

counted as (
    select
        counts.file_key,
        counts.component_id,
        counts.component_key,
        file_components.component_name,
        coalesce(not file_components.is_remote or file_components.component_key is null, true) as is_missing,
        coalesce(sum(counts.instances) filter (where not counts.is_in_library), 0) = 0 as is_part,
        {{ summed_instance_counts('counts') }},
        {{ first_by('counts.sample_node_id', 'counts.sample_place') }} as sample_node_id,
        {{ first_by('counts.sample_node_name', 'counts.sample_place') }} as layer_name
    from {{ ref('int_instance_counts') }} as counts
    inner join {{ ref('int_files') }} as files
        on counts.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on counts.component_key = components.component_key
    left join {{ ref('int_file_components') }} as file_components
        on
            counts.file_key = file_components.file_key
            and counts.component_id = file_components.node_id
    where
        not files.is_branch
        and not coalesce(components.is_published, false)
        and not coalesce(file_components.is_defined, false)
    group by
        counts.file_key,
        counts.component_id,
        counts.component_key,
        file_components.component_name,
        coalesce(not file_components.is_remote or file_components.component_key is null, true)
)

select
    counted.file_key,
    counted.component_id,
    case
        when counted.is_missing then 'missing'
        when
            counted.is_part
            and defined.component_key is not null
            and components.library_file_key is null
            then 'private part'
        when
            components.library_file_key is not null
            or defined.component_key is not null
            then 'unpublished'
        when lookups.item_key is not null then 'other library'
        else 'unknown library'
    end as status,
    counted.is_missing
    or components.library_file_key is not null
    or case
        when defined.component_key is not null then not counted.is_part
        else lookups.item_key is null
    end as is_lost,
    counted.component_key,
    coalesce(components.component_name, counted.component_name) as component_name,
    components.component_set_key,
    components.component_set_name,
    coalesce(components.library_file_key, defined.file_key, lookups.library_file_key) as library_file_key,
    libraries.file_name as library_file_name,
    published.removed_at as unpublished_at,
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
    counted.placements,
    counted.layer_name,
    {{ figma_url('counted.file_key', 'counted.sample_node_id') }} as sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive,
    coalesce(libraries.team_id, lookups.library_team_id) as library_team_id,
    teams.team_name as library_team_name
from counted
cross join {{ ref('int_scan') }} as scan
inner join {{ ref('int_files') }} as files
    on counted.file_key = files.file_key
left join {{ ref('int_components') }} as components
    on counted.component_key = components.component_key
left join defined
    on counted.component_key = defined.component_key
left join {{ ref('stg_components') }} as published
    on counted.component_key = published.component_key
left join {{ ref('stg_key_lookups') }} as lookups
    on
        counted.component_key = lookups.item_key
        and lookups.kind = 'component'
        and lookups.is_found
        and components.library_file_key is null
        and defined.component_key is null
left join {{ ref('stg_files') }} as libraries
    on coalesce(components.library_file_key, defined.file_key, lookups.library_file_key) = libraries.file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(libraries.team_id, lookups.library_team_id) = teams.team_id
