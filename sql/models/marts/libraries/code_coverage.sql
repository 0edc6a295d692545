-- a dev resource on a variant is one of its set. Without a response for a library, nobody knows what its components are
-- linked to
with nodes as (
    select
        items.library_file_key as file_key,
        items.node_id,
        items.kind,
        items.item_key
    from {{ ref('int_published_items') }} as items
    union distinct
    select
        variants.library_file_key as file_key,
        variants.library_node_id as node_id,
        items.kind,
        items.item_key
    from {{ ref('int_components') }} as variants
    inner join {{ ref('int_published_items') }} as items
        on
            variants.component_set_key = items.item_key
            and items.kind = 'component_set'
    where variants.is_published
),

linked as (
    select
        nodes.kind,
        nodes.item_key,
        resources.url,
        resources.host
    from {{ ref('stg_dev_resources') }} as resources
    inner join nodes
        on
            resources.file_key = nodes.file_key
            and resources.node_id = nodes.node_id
),

counts as (
    select
        linked.kind,
        linked.item_key,
        count(*) as dev_resources
    from linked
    group by
        linked.kind,
        linked.item_key
),

hosts as (
    select
        named.kind,
        named.item_key,
        {{ listagg('named.host', "', '", 'order by named.host') }} as url_hosts
    from (
        select distinct
            linked.kind,
            linked.item_key,
            linked.host
        from linked
        where linked.host is not null
    ) as named
    group by
        named.kind,
        named.item_key
),

urls as (
    select
        named.kind,
        named.item_key,
        {{ listagg('named.url', 'chr(10)', 'order by named.url') }} as urls
    from (
        select distinct
            linked.kind,
            linked.item_key,
            linked.url
        from linked
        where linked.host is not null
    ) as named
    group by
        named.kind,
        named.item_key
),

requested as (
    {{ last_outcomes('dev_resources') }}
),

loaded as (
    select distinct outcomes.file_key
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = 'dev_resources'
        and outcomes.status = 'loaded'
),

items as (
    select
        items.kind,
        items.item_key,
        items.item_name,
        items.library_file_key,
        items.node_id,
        items.team_id,
        items.placements,
        case when loaded.file_key is not null then coalesce(counts.dev_resources, 0) end as dev_resources,
        hosts.url_hosts,
        urls.urls,
        coalesce(requested.status = 'loaded', false) as is_current
    from {{ ref('int_published_items') }} as items
    left join counts
        on
            items.kind = counts.kind
            and items.item_key = counts.item_key
    left join hosts
        on
            items.kind = hosts.kind
            and items.item_key = hosts.item_key
    left join urls
        on
            items.kind = urls.kind
            and items.item_key = urls.item_key
    left join loaded
        on items.library_file_key = loaded.file_key
    left join requested
        on
            items.library_file_key = requested.file_key
            and requested.newness = 1
)

select
    items.kind,
    items.item_key,
    items.item_name,
    items.library_file_key,
    files.file_name as library_file_name,
    files.folder_id,
    files.folder_path,
    coalesce(items.team_id, files.team_id) as team_id,
    teams.team_name,
    items.dev_resources,
    items.dev_resources > 0 as is_linked,
    items.url_hosts,
    items.urls,
    items.placements,
    cast(count(*) filter (where items.dev_resources > 0) over (
        partition by items.library_file_key
    ) as double precision)
    / nullif(count(items.dev_resources) over (partition by items.library_file_key), 0) as library_share,
    cast(sum(case when items.dev_resources > 0 then items.placements else 0 end) over (
        partition by items.library_file_key
    ) as double precision)
    / nullif(sum(case when items.dev_resources is not null then items.placements end) over (
        partition by items.library_file_key
    ), 0) as library_placement_share,
    {{ figma_url('items.library_file_key', 'items.node_id') }} as figma_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive and items.is_current as is_conclusive
from items
cross join {{ ref('int_scan') }} as scan
left join {{ ref('int_files') }} as files
    on items.library_file_key = files.file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(items.team_id, files.team_id) = teams.team_id
