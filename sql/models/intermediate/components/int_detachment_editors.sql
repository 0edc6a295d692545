-- who saved a version of the file after the snapshot before and up to this one: if there is one person, it was them
with compared as (
    select distinct
        events.file_key,
        events.to_version,
        events.to_last_modified_at,
        events.from_last_modified_at
    from {{ ref('int_designer_events') }} as events
    where events.event = 'detachment'
)

select
    compared.file_key,
    compared.to_version,
    compared.to_last_modified_at,
    compared.from_last_modified_at,
    saves.user_id,
    max(coalesce(saves.user_handle, saves.user_id)) as user_handle,
    count(*) over (
        partition by
            compared.file_key,
            compared.to_version,
            compared.to_last_modified_at,
            compared.from_last_modified_at
    ) as editor_count
from compared
inner join {{ ref('int_saves') }} as saves
    on
        compared.file_key = saves.file_key
        and (
            compared.to_version = saves.version_id
            or (
                compared.from_last_modified_at < saves.created_at
                and compared.to_last_modified_at >= saves.created_at
            )
        )
where saves.user_id is not null
group by
    compared.file_key,
    compared.to_version,
    compared.to_last_modified_at,
    compared.from_last_modified_at,
    saves.user_id
