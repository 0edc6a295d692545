-- what a designer sees in a library: a variant is part of its set, if the set is published
select
    'component' as kind,
    components.component_key as item_key,
    components.component_name as item_name,
    components.library_file_key,
    components.library_node_id as node_id,
    components.team_id,
    reach.usages,
    reach.placements
from {{ ref('int_components') }} as components
inner join {{ ref('component_reach') }} as reach
    on components.component_key = reach.component_key
left join {{ ref('stg_component_sets') }} as component_sets
    on
        components.component_set_key = component_sets.component_set_key
        and component_sets.is_published
where
    components.is_published
    and component_sets.component_set_key is null
union all
select
    'component_set' as kind,
    component_sets.component_set_key as item_key,
    component_sets.component_set_name as item_name,
    component_sets.file_key as library_file_key,
    component_sets.node_id,
    component_sets.team_id,
    reach.usages,
    reach.placements
from {{ ref('stg_component_sets') }} as component_sets
inner join {{ ref('component_set_reach') }} as reach
    on component_sets.component_set_key = reach.component_set_key
where component_sets.is_published
