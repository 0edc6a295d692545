-- a document names no variable and has no value of one, but each slot that is bound to a variable shows it: the value
-- that most slots of the kind show wins. An effect style has the effects that its layers show: if the file that defines
-- it is loaded, those of its own layers alone. Variables (and styles) of the same value are one offer, the one that
-- most slots take first
with shown as (
    select
        slots.slot_kind,
        'variable' as kind,
        slots.source_key as key,
        cast(null as varchar) as name,
        slots.value,
        slots.number,
        slots.slots,
        0 as slots_at_home
    from {{ ref('int_slots') }} as slots
    where
        slots.slot_kind in ('radius', 'spacing', 'stroke_weight')
        and slots.source_key is not null
    union all
    select
        slots.slot_kind,
        'style' as kind,
        slots.style_key as key,
        styles.style_name as name,
        slots.value,
        cast(null as double precision) as number,
        slots.slots,
        case when slots.file_key = styles.defined_in_file_key then slots.slots else 0 end as slots_at_home
    from {{ ref('int_slots') }} as slots
    inner join {{ ref('int_styles') }} as styles
        on slots.style_key = styles.style_key
    left join {{ ref('int_files') }} as libraries
        on styles.defined_in_file_key = libraries.file_key
    where
        slots.slot_kind = 'effect'
        and styles.style_type = 'EFFECT'
        and styles.is_published
        and (
            slots.file_key = styles.defined_in_file_key
            or not coalesce(libraries.is_loaded, false)
        )
),

uses as (
    select
        slots.slot_kind,
        case when slots.slot_kind = 'effect' then slots.style_key else slots.source_key end as key,
        sum(slots.slots) as uses
    from {{ ref('int_slots') }} as slots
    group by
        slots.slot_kind,
        case when slots.slot_kind = 'effect' then slots.style_key else slots.source_key end
),

valued as (
    select
        shown.slot_kind,
        shown.kind,
        shown.key,
        shown.name,
        shown.value,
        shown.number,
        row_number() over (
            partition by
                shown.slot_kind,
                shown.key
            order by
                sum(shown.slots_at_home) desc,
                sum(shown.slots) desc,
                shown.number asc,
                shown.value asc
        ) as choice
    from shown
    group by
        shown.slot_kind,
        shown.kind,
        shown.key,
        shown.name,
        shown.value,
        shown.number
),

ranked as (
    select
        valued.slot_kind,
        valued.value,
        valued.number,
        valued.kind,
        valued.key,
        valued.name,
        uses.uses,
        row_number() over (
            partition by
                valued.slot_kind,
                valued.value
            order by
                uses.uses desc,
                valued.name asc,
                valued.key asc
        ) as choice
    from valued
    inner join uses
        on
            valued.slot_kind = uses.slot_kind
            and valued.key = uses.key
    where valued.choice = 1
),

candidates as (
    select
        ranked.slot_kind,
        ranked.value,
        count(*) as candidates,
        {{ listagg('ranked.name', "', '", 'order by ranked.choice') }} as candidate_names
    from ranked
    group by
        ranked.slot_kind,
        ranked.value
)

select
    ranked.slot_kind,
    ranked.value,
    ranked.number,
    ranked.kind,
    ranked.key,
    ranked.name,
    cast(ranked.uses as bigint) as uses,
    candidates.candidates,
    candidates.candidate_names
from ranked
inner join candidates
    on
        ranked.slot_kind = candidates.slot_kind
        and ranked.value = candidates.value
where ranked.choice = 1
