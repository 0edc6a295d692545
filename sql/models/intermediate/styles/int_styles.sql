-- published facts win over the maps of documents; among maps, the map of the file that defines the style wins
with mapped as (
    select
        file_styles.style_key,
        file_styles.file_key,
        file_styles.node_id,
        file_styles.style_name,
        file_styles.style_type,
        file_styles.is_remote,
        row_number() over (
            partition by file_styles.style_key
            order by file_styles.is_remote, file_styles.file_key, file_styles.node_id
        ) as choice
    from {{ ref('stg_file_styles') }} as file_styles
    inner join {{ ref('int_files') }} as files
        on file_styles.file_key = files.file_key
    where
        not files.is_branch
        and file_styles.style_key is not null
),

chosen as (
    select
        mapped.style_key,
        mapped.style_name,
        mapped.style_type,
        not mapped.is_remote as is_local,
        case when not mapped.is_remote then mapped.file_key end as file_key,
        case when not mapped.is_remote then mapped.node_id end as node_id
    from mapped
    where mapped.choice = 1
)

select
    coalesce(styles.style_key, chosen.style_key) as style_key,
    coalesce(styles.style_name, chosen.style_name) as style_name,
    coalesce(styles.style_type, chosen.style_type) as style_type,
    coalesce(styles.is_published, false) as is_published,
    coalesce(styles.is_published, false) or coalesce(chosen.is_local, false) as is_defined,
    case
        when styles.is_published then styles.file_key
        else coalesce(chosen.file_key, styles.file_key)
    end as defined_in_file_key,
    case
        when styles.is_published then styles.node_id
        when chosen.file_key is not null then chosen.node_id
        else styles.node_id
    end as node_id
from {{ ref('stg_styles') }} as styles
full outer join chosen
    on styles.style_key = chosen.style_key
