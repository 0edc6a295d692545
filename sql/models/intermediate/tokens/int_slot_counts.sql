-- a variable gives the value even if the layer has a style, too. A style that nobody published is no token, but what it
-- gives is not set by hand either
with slots as (
    select
        paints.file_key,
        paints.role as slot_kind,
        paints.has_variable,
        paints.has_style,
        paints.is_bound,
        paints.slots,
        paints.sample_preorder,
        paints.sample_node_id
    from {{ ref('int_paints') }} as paints
    where not paints.is_in_library
    union all
    select
        texts.file_key,
        'text' as slot_kind,
        texts.has_variable,
        texts.has_style,
        texts.is_bound,
        texts.slots,
        texts.sample_preorder,
        texts.sample_node_id
    from {{ ref('int_texts') }} as texts
    where not texts.is_in_library
    union all
    select
        slots.file_key,
        slots.slot_kind,
        slots.has_variable,
        slots.has_style,
        slots.is_bound,
        slots.slots,
        slots.sample_preorder,
        slots.sample_node_id
    from {{ ref('int_slots') }} as slots
    where not slots.is_in_library
),

given as (
    select
        slots.file_key,
        slots.slot_kind,
        case
            when slots.has_variable then 'variable'
            when slots.is_bound then 'style'
            when slots.has_style then 'local style'
            else 'hand'
        end as given_by,
        slots.slots,
        slots.sample_preorder,
        slots.sample_node_id
    from slots
    where slots.slots > 0
)

select
    given.file_key,
    given.slot_kind,
    sum(given.slots) as slots,
    coalesce(sum(given.slots) filter (where given.given_by = 'variable'), 0) as variable_slots,
    coalesce(sum(given.slots) filter (where given.given_by = 'style'), 0) as style_slots,
    coalesce(sum(given.slots) filter (where given.given_by = 'local style'), 0) as local_style_slots,
    coalesce(sum(given.slots) filter (where given.given_by = 'hand'), 0) as hand_slots,
    {{
        first_by('given.sample_node_id', "case when given.given_by = 'hand' then given.sample_preorder end")
    }} as sample_node_id
from given
group by
    given.file_key,
    given.slot_kind
