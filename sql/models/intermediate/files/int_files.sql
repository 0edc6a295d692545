-- the state of each file after the last run. Times are compared by the second, because the listing rounds and the
-- document does not. A file that a complete listing does not show, and that is not removed, is out of scope: its team
-- is no longer in the settings
with document_outcomes as (
    {{ last_outcomes('documents') }}
),

unserved as (
    select distinct outcomes.file_key
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = 'documents'
        and outcomes.reason = 'unsupported_type'
),

states as (
    select
        files.file_key,
        coalesce(files.file_name, documents.document_name) as file_name,
        coalesce(files.team_id, folders.team_id) as team_id,
        files.folder_id,
        folders.folder_name,
        folders.folder_path,
        files.main_file_key,
        files.is_branch,
        files.last_modified_at,
        documents.editor_type,
        documents.version as loaded_version,
        documents.last_modified_at as loaded_modified_at,
        documents.loaded_at,
        documents.file_key is not null as is_loaded,
        -- by the third version of the flattening or a later one
        coalesce(documents.flattening, 0) >= 3 as has_all_slots,
        coalesce(files.last_seen_at between listing.listed_at and current_timestamp, true) as is_listed,
        listing.listed_at,
        listing.has_all_lists,
        documents.file_key is not null and (
            (files.last_modified_at is null and coalesce(document_outcomes.status, 'loaded') <> 'skipped')
            or coalesce(
                {{ date_trunc('second', 'files.last_modified_at') }}
                = {{ date_trunc('second', 'documents.listed_modified_at') }},
                false
            )
            or coalesce(
                {{ date_trunc('second', 'files.last_modified_at') }}
                = {{ date_trunc('second', 'documents.last_modified_at') }},
                false
            )
        ) as is_as_listed,
        document_outcomes.status,
        case when document_outcomes.status = 'skipped' then document_outcomes.reason end as skip_reason,
        case when document_outcomes.status = 'skipped' then document_outcomes.detail end as skip_detail,
        case when document_outcomes.status = 'skipped' then document_outcomes.retry_at end as retry_at
    from {{ ref('stg_files') }} as files
    left join {{ ref('stg_documents') }} as documents
        on files.file_key = documents.file_key
    left join {{ ref('stg_folders') }} as folders
        on files.folder_id = folders.folder_id
    left join document_outcomes
        on
            files.file_key = document_outcomes.file_key
            and document_outcomes.newness = 1
    cross join {{ ref('int_listing') }} as listing
    where files.removed_at is null
)

select
    states.file_key,
    states.file_name,
    states.team_id,
    teams.team_name,
    states.folder_id,
    states.folder_name,
    states.folder_path,
    states.main_file_key,
    states.is_branch,
    states.last_modified_at,
    states.editor_type,
    coalesce(states.editor_type, 'figma') = 'figma' as is_design,
    states.loaded_version,
    states.loaded_modified_at,
    states.loaded_at,
    states.is_loaded,
    states.is_as_listed and states.is_listed as is_current,
    states.has_all_slots,
    case
        when not states.is_loaded or (states.is_as_listed and states.is_listed) then null
        when states.is_listed then coalesce(states.last_modified_at, states.listed_at)
        else states.listed_at
    end as outdated_since,
    states.status,
    states.skip_reason,
    states.skip_detail,
    states.retry_at,
    not states.is_branch
    and (states.is_loaded or unserved.file_key is null)
    and (states.is_listed or not states.has_all_lists) as is_expected
from states
left join {{ ref('stg_teams') }} as teams
    on states.team_id = teams.team_id
left join unserved
    on states.file_key = unserved.file_key
