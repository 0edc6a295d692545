-- style_usage counts all references in main files, with and without a key
with expected as (
    select
        node_styles.file_key,
        count(*) as reference_count
    from {{ ref('stg_node_styles') }} as node_styles
    inner join {{ ref('int_stale_files') }} as stale
        on node_styles.file_key = stale.file_key
    where not stale.is_branch
    group by node_styles.file_key
),

counted as (
    select
        style_usage.file_key,
        sum(style_usage.style_references) as reference_count
    from {{ ref('style_usage') }} as style_usage
    group by style_usage.file_key
)

select
    stale.file_key,
    expected.reference_count as expected,
    counted.reference_count as counted
from {{ ref('int_stale_files') }} as stale
left join expected
    on stale.file_key = expected.file_key
left join counted
    on stale.file_key = counted.file_key
where coalesce(expected.reference_count, 0) <> coalesce(counted.reference_count, 0)
