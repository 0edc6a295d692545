{# how instances count by where they stand, and the one among them to show: a placement, else a usage, else any #}

{% macro instance_counts(instances) -%}
    count(*) as instances,
    count(*) filter (where {{ instances }}.is_direct and not {{ instances }}.is_in_definition) as direct,
    count(*) filter (where not {{ instances }}.is_direct and not {{ instances }}.is_in_definition) as nested,
    count(*) filter (where {{ instances }}.is_in_definition) as in_definitions,
    count(*) filter (
        where not {{ instances }}.is_effectively_visible and not {{ instances }}.is_in_definition
    ) as hidden,
    count(*) filter (where not {{ instances }}.is_in_definition) as usages,
    count(*) filter (where {{ is_placed(instances) }}) as placements,
    coalesce(
        min({{ instances }}.preorder) filter (where {{ is_placed(instances) }}),
        min({{ instances }}.preorder) filter (where not {{ instances }}.is_in_definition),
        min({{ instances }}.preorder)
    ) as sample_preorder
{%- endmacro %}

{# a designer put it there, to be seen #}

{% macro is_placed(instances) -%}
    {{ instances }}.is_direct and {{ instances }}.is_effectively_visible and not {{ instances }}.is_in_definition
{%- endmacro %}
