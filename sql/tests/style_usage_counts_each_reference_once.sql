-- style_usage counts all references in main files, with and without a key
with expected as (
    select count(*) as reference_count
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_files') }} as files
        on node_styles.file_key = files.file_key
    where not files.is_branch
),

counted as (
    select coalesce(sum(style_usage.style_references), 0) as reference_count
    from {{ ref('style_usage') }} as style_usage
)

select
    expected.reference_count as expected,
    counted.reference_count as counted
from expected
inner join counted
    on expected.reference_count != counted.reference_count
