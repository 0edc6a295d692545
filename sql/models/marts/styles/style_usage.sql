-- a reference has no key if the document's map does not name its style; such references are kept with style_key null
with defined_here as (
    select distinct
        file_styles.file_key,
        file_styles.style_key
    from {{ ref('stg_file_styles') }} as file_styles
    where not file_styles.is_remote
)

select
    counted.style_key,
    counted.file_key,
    counted.slot,
    counted.reference_count as style_references,
    counted.references_visible,
    counted.nodes,
    styles.style_name,
    styles.style_type,
    coalesce(styles.is_published, false) as is_published,
    case
        when styles.is_published then coalesce(styles.defined_in_file_key = counted.file_key, false)
        else defined_here.style_key is not null
    end as is_defined_here,
    files.file_name,
    {{ figma_url('counted.file_key', 'counted.sample_node_id') }} as sample_url
from {{ ref('int_style_references') }} as counted
inner join {{ ref('int_files') }} as files
    on counted.file_key = files.file_key
left join {{ ref('int_styles') }} as styles
    on counted.style_key = styles.style_key
left join defined_here
    on
        counted.file_key = defined_here.file_key
        and counted.style_key = defined_here.style_key
where not files.is_branch
