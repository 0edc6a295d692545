-- growth over four weeks compares with the last snapshot that is 28 days older, or with the earliest where none is;
-- a file's first snapshot is compared with nothing
-- rebuilt whole: five years of 114 files that all change every week take 0.2 s of processor time
with snapshots as (
    select
        snapshots.file_key,
        snapshots.version,
        snapshots.last_modified_at,
        snapshots.loaded_at,
        snapshots.file_name,
        snapshots.pages,
        snapshots.nodes,
        snapshots.visible_nodes,
        snapshots.instances,
        snapshots.component_definitions,
        snapshots.text_nodes,
        snapshots.styles,
        snapshots.bytes,
        row_number() over (
            partition by snapshots.file_key
            order by snapshots.last_modified_at, snapshots.loaded_at, snapshots.version
        ) as sequence_number,
        {{ datediff("cast('1970-01-01 00:00:00' as timestamp)", 'snapshots.last_modified_at', 'second') }}
            as modified_second
    from {{ ref('stg_file_snapshots') }} as snapshots
),

compared as (
    select
        snapshots.file_key,
        snapshots.sequence_number,
        lag(snapshots.nodes) over in_order as previous_nodes,
        lag(snapshots.modified_second) over in_order as previous_second,
        lead(snapshots.sequence_number) over in_order is null as is_latest,
        coalesce(
            max(snapshots.sequence_number) over (
                partition by snapshots.file_key
                order by snapshots.modified_second
                range between unbounded preceding and 2419200 preceding
            ),
            1
        ) as baseline_number
    from snapshots
    window in_order as (partition by snapshots.file_key order by snapshots.sequence_number)
)

select
    snapshots.file_key,
    snapshots.version,
    snapshots.last_modified_at,
    snapshots.loaded_at,
    coalesce(files.file_name, snapshots.file_name) as file_name,
    files.folder_id,
    coalesce(files.team_id, folders.team_id) as team_id,
    coalesce(files.is_branch, false) as is_branch,
    files.removed_at is not null as is_removed,
    snapshots.pages,
    snapshots.nodes,
    snapshots.visible_nodes,
    snapshots.instances,
    snapshots.component_definitions,
    snapshots.text_nodes,
    snapshots.styles,
    snapshots.bytes,
    compared.previous_nodes,
    snapshots.nodes - compared.previous_nodes as nodes_added,
    (snapshots.modified_second - compared.previous_second) / 86400.0 as days_since_previous,
    (snapshots.nodes - compared.previous_nodes)
    / nullif((snapshots.modified_second - compared.previous_second) / 86400.0, 0) as nodes_per_day,
    cast(snapshots.nodes - compared.previous_nodes as double precision) / nullif(compared.previous_nodes, 0) as growth,
    compared.is_latest,
    baselines.last_modified_at as four_weeks_before_at,
    baselines.nodes as nodes_4_weeks_before,
    cast(snapshots.nodes - baselines.nodes as double precision) / nullif(baselines.nodes, 0) as growth_4_weeks
from snapshots
inner join compared
    on
        snapshots.file_key = compared.file_key
        and snapshots.sequence_number = compared.sequence_number
left join snapshots as baselines
    on
        snapshots.file_key = baselines.file_key
        and compared.baseline_number = baselines.sequence_number
        and snapshots.sequence_number > baselines.sequence_number
left join {{ ref('stg_files') }} as files
    on snapshots.file_key = files.file_key
left join {{ ref('stg_folders') }} as folders
    on files.folder_id = folders.folder_id
