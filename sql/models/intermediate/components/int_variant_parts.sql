-- the name of a variant lists its values ("Size=Large, State=Hover"), with or without a space after the comma. A comma
-- that no property follows belongs to a value
with recursive marked as (
    select
        components.component_key,
        components.component_set_key,
        regexp_replace(components.component_name, ',\s*([^=,]+=)', chr(31) || '\1', 'g') as name
    from {{ ref('int_components') }} as components
    where
        components.component_set_key is not null
        and strpos(components.component_name, '=') > 0
),

variants as (
    select
        marked.component_key,
        marked.component_set_key,
        marked.name,
        length(marked.name) - length(replace(marked.name, chr(31), '')) + 1 as parts
    from marked
),

longest as (
    select max(variants.parts) as parts
    from variants
),

numbers as (
    select 1 as number
    union all
    select numbers.number + 1 as number
    from numbers
    inner join longest
        on numbers.number < longest.parts
),

named as (
    select
        variants.component_key,
        variants.component_set_key,
        split_part(variants.name, chr(31), numbers.number) as part
    from variants
    inner join numbers
        on variants.parts >= numbers.number
)

select
    named.component_key,
    named.component_set_key,
    trim({{ split_part('named.part', "'='", 1) }}) as property,
    min(trim(substr(named.part, strpos(named.part, '=') + 1))) as value
from named
where strpos(named.part, '=') > 0
group by
    named.component_key,
    named.component_set_key,
    trim({{ split_part('named.part', "'='", 1) }})
