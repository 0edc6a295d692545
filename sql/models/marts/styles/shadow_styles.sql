-- one row per style and file, with the nearest published style: the same name and value, otherwise the same name,
-- otherwise the same value. Names are compared regardless of case, values exactly; the value of a style that no node
-- refers to is not known. A style that the library unpublished, but still defines, is local and unpublished
with local as (
    select
        file_styles.file_key,
        file_styles.node_id,
        file_styles.style_key,
        file_styles.style_name,
        file_styles.style_type
    from {{ ref('stg_file_styles') }} as file_styles
    inner join {{ ref('int_files') }} as files
        on file_styles.file_key = files.file_key
    inner join {{ ref('int_styles') }} as styles
        on file_styles.style_key = styles.style_key
    where
        not files.is_branch
        and not file_styles.is_remote
        and not styles.is_published
),

matched as (
    select
        local.file_key,
        local.node_id,
        local.style_key,
        local.style_name,
        local.style_type,
        local_values.style_value,
        published.style_key as published_style_key,
        published.style_name as published_style_name,
        published.defined_in_file_key as published_in_file_key,
        published_values.style_value as published_style_value,
        lower(local.style_name) = lower(published.style_name) as has_same_name,
        coalesce(local_values.style_value = published_values.style_value, false) as has_same_value
    from local
    inner join {{ ref('int_styles') }} as published
        on
            published.is_published
            and local.style_type = published.style_type
    left join {{ ref('int_style_values') }} as local_values
        on local.style_key = local_values.style_key
    left join {{ ref('int_style_values') }} as published_values
        on published.style_key = published_values.style_key
    where
        lower(local.style_name) = lower(published.style_name)
        or local_values.style_value = published_values.style_value
),

ranked as (
    select
        matched.file_key,
        matched.node_id,
        matched.style_key,
        matched.style_name,
        matched.style_type,
        matched.style_value,
        matched.published_style_key,
        matched.published_style_name,
        matched.published_in_file_key,
        matched.published_style_value,
        matched.has_same_name,
        matched.has_same_value,
        row_number() over (
            partition by
                matched.file_key,
                matched.node_id
            order by
                case when matched.has_same_name then 0 else 1 end,
                case when matched.has_same_value then 0 else 1 end,
                matched.published_style_name asc,
                matched.published_style_key asc
        ) as choice,
        count(*) over (
            partition by
                matched.file_key,
                matched.node_id
        ) as published_styles
    from matched
),

used as (
    select
        style_usage.file_key,
        style_usage.style_key,
        cast(sum(style_usage.style_references) as bigint) as reference_count,
        cast(sum(style_usage.references_visible) as bigint) as references_visible,
        min(style_usage.sample_url) as sample_url
    from {{ ref('style_usage') }} as style_usage
    group by
        style_usage.file_key,
        style_usage.style_key
)

select
    ranked.file_key,
    ranked.node_id,
    ranked.style_key,
    ranked.style_name,
    ranked.style_type,
    ranked.style_value,
    ranked.published_style_key,
    ranked.published_style_name,
    ranked.published_in_file_key,
    libraries.file_name as published_in_file_name,
    ranked.published_style_value,
    ranked.has_same_name,
    ranked.has_same_value,
    ranked.published_styles,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    coalesce(used.reference_count, 0) as style_references,
    coalesce(used.references_visible, 0) as references_visible,
    coalesce(used.sample_url, {{ figma_url('ranked.file_key', 'ranked.node_id') }}) as sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from ranked
cross join {{ ref('int_scan') }} as scan
inner join {{ ref('int_files') }} as files
    on ranked.file_key = files.file_key
left join {{ ref('int_files') }} as libraries
    on ranked.published_in_file_key = libraries.file_key
left join used
    on
        ranked.file_key = used.file_key
        and ranked.style_key = used.style_key
where ranked.choice = 1
