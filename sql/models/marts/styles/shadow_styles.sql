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

valued as (
    select
        local.file_key,
        local.node_id,
        local.style_key,
        local.style_name,
        local.style_type,
        lower(local.style_name) as folded_name,
        style_values.style_value
    from local
    left join {{ ref('int_style_values') }} as style_values
        on local.style_key = style_values.style_key
),

published as (
    select
        styles.style_key,
        styles.style_name,
        styles.style_type,
        styles.defined_in_file_key,
        lower(styles.style_name) as folded_name,
        style_values.style_value,
        row_number() over (order by styles.style_name, styles.style_key) as place
    from {{ ref('int_styles') }} as styles
    left join {{ ref('int_style_values') }} as style_values
        on styles.style_key = style_values.style_key
    where styles.is_published
),

-- the first of the published styles that have the same name, or value, or both, and how many there are. A style is
-- compared with these three, so that no pairs are kept
same_name as (
    select
        published.style_type,
        published.folded_name,
        {{ first_by('published.style_key', 'published.place') }} as style_key,
        count(*) as styles
    from published
    group by
        published.style_type,
        published.folded_name
),

same_value as (
    select
        published.style_type,
        published.style_value,
        {{ first_by('published.style_key', 'published.place') }} as style_key,
        count(*) as styles
    from published
    group by
        published.style_type,
        published.style_value
),

same_both as (
    select
        published.style_type,
        published.folded_name,
        published.style_value,
        {{ first_by('published.style_key', 'published.place') }} as style_key,
        count(*) as styles
    from published
    group by
        published.style_type,
        published.folded_name,
        published.style_value
),

matched as (
    select
        valued.file_key,
        valued.node_id,
        valued.style_key,
        valued.style_name,
        valued.style_type,
        valued.style_value,
        coalesce(same_both.style_key, same_name.style_key, same_value.style_key) as published_style_key,
        same_name.style_key is not null as has_same_name,
        same_both.style_key is not null
        or (same_name.style_key is null and same_value.style_key is not null) as has_same_value,
        coalesce(same_name.styles, 0) + coalesce(same_value.styles, 0)
        - coalesce(same_both.styles, 0) as published_styles
    from valued
    left join same_name
        on
            valued.style_type = same_name.style_type
            and valued.folded_name = same_name.folded_name
    left join same_value
        on
            valued.style_type = same_value.style_type
            and valued.style_value = same_value.style_value
    left join same_both
        on
            valued.style_type = same_both.style_type
            and valued.folded_name = same_both.folded_name
            and valued.style_value = same_both.style_value
    where
        same_name.style_key is not null
        or same_value.style_key is not null
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
    matched.file_key,
    matched.node_id,
    matched.style_key,
    matched.style_name,
    matched.style_type,
    matched.style_value,
    matched.published_style_key,
    published.style_name as published_style_name,
    published.defined_in_file_key as published_in_file_key,
    libraries.file_name as published_in_file_name,
    published.style_value as published_style_value,
    matched.has_same_name,
    matched.has_same_value,
    matched.published_styles,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    coalesce(used.reference_count, 0) as style_references,
    coalesce(used.references_visible, 0) as references_visible,
    coalesce(used.sample_url, {{ figma_url('matched.file_key', 'matched.node_id') }}) as sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from matched
cross join {{ ref('int_scan') }} as scan
inner join published
    on matched.published_style_key = published.style_key
inner join {{ ref('int_files') }} as files
    on matched.file_key = files.file_key
left join {{ ref('int_files') }} as libraries
    on published.defined_in_file_key = libraries.file_key
left join used
    on
        matched.file_key = used.file_key
        and matched.style_key = used.style_key
