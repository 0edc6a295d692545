{{ config(post_hook="{{ forget_stale_files() }}") }}

-- the files whose rows the models that keep rows have not, or no longer, or not as they are now. What such rows are
-- computed from, besides the document: whether the file is a branch, which of its components and styles are published,
-- and which nodes its instance events are about. A file that is gone has no basis
with facts as (
    select
        file_components.file_key,
        'component ' || file_components.component_key as fact
    from {{ ref('stg_file_components') }} as file_components
    inner join {{ ref('stg_components') }} as components
        on file_components.component_key = components.component_key
    where components.is_published
    union distinct
    select
        file_styles.file_key,
        'style ' || file_styles.style_key as fact
    from {{ ref('stg_file_styles') }} as file_styles
    inner join {{ ref('stg_styles') }} as styles
        on file_styles.style_key = styles.style_key
    where styles.is_published
    union distinct
    select
        events.file_key,
        'event ' || events.node_id || coalesce(' ' || events.frame_id, '') as fact
    from {{ ref('stg_instance_events') }} as events
),

listed as (
    select
        facts.file_key,
        {{ listagg('facts.fact', "';'", 'order by facts.fact') }} as facts
    from facts
    group by facts.file_key
),

known as (
    select
        files.file_key,
        files.is_branch,
        md5(
            coalesce(documents.content_hash, cast(documents.loaded_at as varchar), '')
            || ' ' || coalesce(cast(documents.flattening as varchar), '')
            || ' ' || case when files.is_branch then 'branch' else 'main' end
            || ' ' || coalesce(listed.facts, '')
        ) as basis
    from {{ ref('int_files') }} as files
    inner join {{ ref('stg_documents') }} as documents
        on files.file_key = documents.file_key
    left join listed
        on files.file_key = listed.file_key
)

select
    coalesce(known.file_key, built.file_key) as file_key,
    known.is_branch,
    known.basis
from known
full outer join {{ source('models', 'built_files') }} as built
    on known.file_key = built.file_key
where
    built.file_key is null
    or known.file_key is null
    or built.basis <> known.basis
    or built.definitions <> '{{ definitions() }}'
