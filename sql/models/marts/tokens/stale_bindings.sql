-- inferred: Figma documents that the id under which a file binds a library's variable changes with every publication of
-- the variable, so two suffixes of one key are two publications. Documents do not tell which one is newer. Files that
-- were edited within the 28 days up to the last edit of any file with the variable are recent. The suffix that most of
-- them bind is taken for the newest; of several such suffixes, the one in the file that was edited last, and then the
-- last one in the order of text
with edited as (
    select
        suffixes.variable_key,
        suffixes.file_key,
        suffixes.variable_suffix,
        suffixes.bindings,
        suffixes.bindings_visible,
        suffixes.nodes,
        suffixes.sample_node_id,
        files.loaded_modified_at as last_modified_at,
        files.file_name,
        files.folder_id,
        files.folder_path,
        files.team_id,
        files.team_name,
        max(files.loaded_modified_at) over (partition by suffixes.variable_key) as newest_at
    from {{ ref('int_variable_suffixes') }} as suffixes
    inner join {{ ref('int_files') }} as files
        on suffixes.file_key = files.file_key
    where not files.is_branch
),

counted as (
    select
        edited.variable_key,
        edited.variable_suffix,
        count(*) filter (where edited.last_modified_at > edited.newest_at - interval '28 days') as recent_files,
        max(edited.last_modified_at) as last_modified_at
    from edited
    group by
        edited.variable_key,
        edited.variable_suffix
),

ranked as (
    select
        counted.variable_key,
        counted.variable_suffix,
        counted.recent_files,
        count(*) over (partition by counted.variable_key) as suffixes,
        row_number() over (
            partition by counted.variable_key
            order by
                counted.recent_files desc,
                counted.last_modified_at desc nulls last,
                counted.variable_suffix desc
        ) as choice
    from counted
)

select
    edited.variable_key,
    edited.file_key,
    edited.variable_suffix,
    named.variable_name,
    named.collection_name,
    named.resolved_type,
    coalesce(named.name_source, 'not loaded') as name_source,
    edited.bindings,
    edited.bindings_visible,
    edited.nodes,
    newest.variable_suffix as recent_suffix,
    edited.variable_suffix <> newest.variable_suffix as is_stale,
    ranked.recent_files,
    edited.last_modified_at,
    edited.file_name,
    edited.folder_id,
    edited.folder_path,
    edited.team_id,
    edited.team_name,
    {{ figma_url('edited.file_key', 'edited.sample_node_id') }} as sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from edited
cross join {{ ref('int_scan') }} as scan
inner join ranked
    on
        edited.variable_key = ranked.variable_key
        and edited.variable_suffix = ranked.variable_suffix
inner join ranked as newest
    on
        edited.variable_key = newest.variable_key
        and newest.choice = 1
left join {{ ref('int_variable_names') }} as named
    on edited.variable_key = named.variable_key
where ranked.suffixes > 1
