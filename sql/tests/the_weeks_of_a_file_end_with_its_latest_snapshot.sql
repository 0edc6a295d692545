-- the last week of each file that is not removed shows the latest snapshot of file_growth
select
    growth.file_key,
    growth.nodes,
    weekly.nodes as weekly_nodes
from {{ ref('file_growth') }} as growth
left join (
    select
        weekly.file_key,
        weekly.nodes,
        weekly.last_modified_at,
        row_number() over (partition by weekly.file_key order by weekly.week_start desc) as recency
    from {{ ref('file_growth_weekly') }} as weekly
) as weekly
    on
        growth.file_key = weekly.file_key
        and weekly.recency = 1
where
    growth.is_latest
    and not growth.is_removed
    and (weekly.last_modified_at is null or weekly.last_modified_at <> growth.last_modified_at)
