-- what differs between two lists of parts. A layer is the same if its id is; what is left is matched by its path, and
-- among layers of one path by their order, so that a layer that was made anew has not changed, or has another type. A
-- layer that is only renamed or moved has not changed
with compared as (
    select distinct
        pairs.parts_before,
        pairs.parts_after
    from {{ ref('int_definition_pairs') }} as pairs
    where pairs.parts_before <> pairs.parts_after
),

old_parts as (
    select
        compared.parts_before,
        compared.parts_after,
        parts.position,
        parts.part,
        parts.part_id,
        parts.part_name,
        parts.layer_path,
        parts.part_type,
        coalesce(parts.part_value, '') as part_value
    from compared
    inner join {{ ref('stg_component_parts') }} as parts
        on compared.parts_before = parts.parts_hash
),

new_parts as (
    select
        compared.parts_before,
        compared.parts_after,
        parts.position,
        parts.part,
        parts.part_id,
        parts.part_name,
        parts.layer_path,
        parts.part_type,
        coalesce(parts.part_value, '') as part_value
    from compared
    inner join {{ ref('stg_component_parts') }} as parts
        on compared.parts_after = parts.parts_hash
),

gone as (
    select
        old_parts.parts_before,
        old_parts.parts_after,
        old_parts.position,
        old_parts.part,
        old_parts.part_id,
        old_parts.part_name,
        old_parts.layer_path,
        old_parts.part_type,
        old_parts.part_value,
        row_number() over (
            partition by old_parts.parts_before, old_parts.parts_after, old_parts.part, old_parts.layer_path
            order by old_parts.position
        ) as place
    from old_parts
    left join new_parts
        on
            old_parts.parts_before = new_parts.parts_before
            and old_parts.parts_after = new_parts.parts_after
            and old_parts.part = new_parts.part
            and old_parts.part_id = new_parts.part_id
    where new_parts.part_id is null
),

come as (
    select
        new_parts.parts_before,
        new_parts.parts_after,
        new_parts.position,
        new_parts.part,
        new_parts.part_id,
        new_parts.part_name,
        new_parts.layer_path,
        new_parts.part_type,
        new_parts.part_value,
        row_number() over (
            partition by new_parts.parts_before, new_parts.parts_after, new_parts.part, new_parts.layer_path
            order by new_parts.position
        ) as place
    from new_parts
    left join old_parts
        on
            new_parts.parts_before = old_parts.parts_before
            and new_parts.parts_after = old_parts.parts_after
            and new_parts.part = old_parts.part
            and new_parts.part_id = old_parts.part_id
    where old_parts.part_id is null
),

matched as (
    select
        new_parts.parts_before,
        new_parts.parts_after,
        new_parts.position as part_position,
        new_parts.part,
        new_parts.part_id,
        old_parts.part_name as name_before,
        new_parts.part_name as name_after,
        old_parts.part_type as type_before,
        new_parts.part_type as type_after,
        old_parts.part_value as value_before,
        new_parts.part_value as value_after
    from new_parts
    inner join old_parts
        on
            new_parts.parts_before = old_parts.parts_before
            and new_parts.parts_after = old_parts.parts_after
            and new_parts.part = old_parts.part
            and new_parts.part_id = old_parts.part_id
    union all
    select
        coalesce(come.parts_before, gone.parts_before) as parts_before,
        coalesce(come.parts_after, gone.parts_after) as parts_after,
        coalesce(come.position, gone.position) as part_position,
        coalesce(come.part, gone.part) as part,
        coalesce(come.part_id, gone.part_id) as part_id,
        gone.part_name as name_before,
        come.part_name as name_after,
        gone.part_type as type_before,
        come.part_type as type_after,
        gone.part_value as value_before,
        come.part_value as value_after
    from gone
    full outer join come
        on
            gone.parts_before = come.parts_before
            and gone.parts_after = come.parts_after
            and gone.part = come.part
            and gone.layer_path = come.layer_path
            and gone.place = come.place
),

changes as (
    select
        matched.parts_before,
        matched.parts_after,
        matched.part,
        matched.part_id,
        case when matched.part = 'layer' then 'layers_added' else 'property_added' end as change_kind
    from matched
    where matched.value_before is null
    union all
    select
        matched.parts_before,
        matched.parts_after,
        matched.part,
        matched.part_id,
        case when matched.part = 'layer' then 'layers_removed' else 'property_removed' end as change_kind
    from matched
    where matched.value_after is null
    union all
    select
        matched.parts_before,
        matched.parts_after,
        matched.part,
        matched.part_id,
        'property_renamed' as change_kind
    from matched
    where
        matched.part = 'property'
        and matched.name_before <> matched.name_after
    union all
    select
        matched.parts_before,
        matched.parts_after,
        matched.part,
        matched.part_id,
        case when matched.part = 'layer' then 'layers_retyped' else 'property_retyped' end as change_kind
    from matched
    where matched.type_before <> matched.type_after
    union all
    select
        matched.parts_before,
        matched.parts_after,
        matched.part,
        matched.part_id,
        case when matched.part = 'layer' then 'bindings_changed' else 'property_default_changed' end as change_kind
    from matched
    where
        matched.value_before <> matched.value_after
        and (matched.part = 'layer' or matched.type_before = matched.type_after)
)

select
    matched.parts_before,
    matched.parts_after,
    changes.change_kind,
    matched.part,
    matched.part_id,
    coalesce(matched.name_after, matched.name_before, '') as part_name,
    matched.name_before,
    coalesce(matched.type_after, matched.type_before) as part_type,
    matched.value_before,
    matched.value_after,
    row_number() over (
        partition by matched.parts_before, matched.parts_after, changes.change_kind
        order by matched.part_position, matched.part_id
    ) as place
from changes
inner join matched
    on
        changes.parts_before = matched.parts_before
        and changes.parts_after = matched.parts_after
        and changes.part = matched.part
        and changes.part_id = matched.part_id
