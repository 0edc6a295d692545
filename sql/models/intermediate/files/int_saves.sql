-- a session is a series of saves by one person in one file, each less than 30 minutes after the one before
with saves as (
    select
        versions.file_key,
        versions.version_id,
        versions.created_at,
        versions.user_id,
        versions.user_handle,
        versions.label is not null or versions.description is not null as is_named,
        {{ datediff(
            'lag(versions.created_at) over (
                partition by versions.file_key, versions.user_id
                order by versions.created_at, versions.version_id
            )',
            'versions.created_at',
            'second'
        ) }} as seconds_since_own_last
    from {{ ref('stg_file_versions') }} as versions
    where versions.created_at is not null
)

select
    saves.file_key,
    saves.version_id,
    saves.created_at,
    {{ week_of('saves.created_at') }} as week_start,
    saves.user_id,
    saves.user_handle,
    saves.is_named,
    saves.seconds_since_own_last is null or saves.seconds_since_own_last >= 1800 as is_session_start
from saves
