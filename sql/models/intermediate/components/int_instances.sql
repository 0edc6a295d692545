-- the instances of stale files only: other models keep what they count of them. An instance is in the library if it, or
-- an instance around it, belongs to a published component. Subtrees nest, so this is true if a library instance that
-- begins at or before it has not ended yet
with instances as (
    select
        instances.file_key,
        instances.node_id,
        instances.page_id,
        instances.preorder,
        instances.component_id,
        instances.component_key,
        instances.definition_id,
        instances.is_effectively_visible,
        instances.is_direct,
        instances.is_in_definition,
        coalesce(components.is_published, false) as is_library,
        instances.preorder + instances.descendant_count as last_preorder
    from {{ ref('stg_instances') }} as instances
    inner join {{ ref('int_stale_files') }} as files
        on instances.file_key = files.file_key
    left join {{ ref('int_components') }} as components
        on instances.component_key = components.component_key
    where files.is_branch is not null
)

select
    instances.file_key,
    instances.node_id,
    instances.page_id,
    instances.preorder,
    instances.component_id,
    instances.component_key,
    instances.definition_id,
    instances.is_effectively_visible,
    instances.is_direct,
    instances.is_in_definition,
    instances.is_library,
    coalesce(
        max(case when instances.is_library then instances.last_preorder end) over (
            partition by instances.file_key
            order by instances.preorder
            rows between unbounded preceding and current row
        ) >= instances.preorder,
        false
    ) as is_in_library
from instances
