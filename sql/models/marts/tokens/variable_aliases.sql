-- Figma accepts no cycle, but rows of several files can make one. Within a cycle, a variable reaches itself. A chain of
-- more than 20 steps is cut there
with recursive reached as (
    select
        aliases.variable_key,
        aliases.target_key,
        1 as steps
    from {{ ref('int_variable_aliases') }} as aliases
    where aliases.is_current
    union distinct
    select
        reached.variable_key,
        aliases.target_key,
        reached.steps + 1 as steps
    from reached
    inner join {{ ref('int_variable_aliases') }} as aliases
        on reached.target_key = aliases.variable_key
    where
        aliases.is_current
        and reached.steps < 20
),

shortest as (
    select
        reached.variable_key,
        reached.target_key,
        min(reached.steps) as steps
    from reached
    group by
        reached.variable_key,
        reached.target_key
)

select
    shortest.variable_key,
    named.variable_name,
    named.collection_name,
    named.resolved_type,
    shortest.target_key,
    targets.variable_name as target_name,
    targets.collection_name as target_collection_name,
    cast(shortest.steps as integer) as steps,
    shortest.steps = 1 as is_direct,
    case when shortest.steps = 1 then aliases.modes end as modes,
    shortest.variable_key = shortest.target_key as is_cycle
from shortest
left join {{ ref('int_variable_aliases') }} as aliases
    on
        shortest.variable_key = aliases.variable_key
        and shortest.target_key = aliases.target_key
left join {{ ref('int_variable_names') }} as named
    on shortest.variable_key = named.variable_key
left join {{ ref('int_variable_names') }} as targets
    on shortest.target_key = targets.variable_key
