-- the lengths and effects that are set by hand are the slots of their kind that nothing gives. A file that is not a
-- design file has none
with hand as (
    select
        slot_adoption.id as file_key,
        slot_adoption.slot_kind as kind,
        slot_adoption.hand_slots
    from {{ ref('slot_adoption') }} as slot_adoption
    where
        slot_adoption.level = 'file'
        and slot_adoption.hand_slots > 0
        and slot_adoption.slot_kind in ('radius', 'spacing', 'stroke_weight', 'effect')
),

counted as (
    select
        hardcoded_values.file_key,
        hardcoded_values.kind,
        sum(hardcoded_values.occurrences) as occurrences
    from {{ ref('hardcoded_values') }} as hardcoded_values
    where hardcoded_values.kind in ('radius', 'spacing', 'stroke_weight', 'effect')
    group by
        hardcoded_values.file_key,
        hardcoded_values.kind
)

select
    coalesce(hand.file_key, counted.file_key) as file_key,
    coalesce(hand.kind, counted.kind) as kind,
    hand.hand_slots,
    counted.occurrences
from hand
full outer join counted
    on
        hand.file_key = counted.file_key
        and hand.kind = counted.kind
where coalesce(hand.hand_slots, 0) <> coalesce(counted.occurrences, 0)
