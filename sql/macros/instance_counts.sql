{# the counts of instances by kind, and the instance to show: a placement, otherwise a usage, otherwise any #}

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

{# true if a designer placed the instance and it is visible #}

{% macro is_placed(instances) -%}
    {{ instances }}.is_direct and {{ instances }}.is_effectively_visible and not {{ instances }}.is_in_definition
{%- endmacro %}
