{# the counts of instances by kind #}

{% macro instance_counts(instances) -%}
    count(*) as instances,
    count(*) filter (where {{ instances }}.is_direct and not {{ instances }}.is_in_definition) as direct,
    count(*) filter (where not {{ instances }}.is_direct and not {{ instances }}.is_in_definition) as nested,
    count(*) filter (where {{ instances }}.is_in_definition) as in_definitions,
    count(*) filter (
        where not {{ instances }}.is_effectively_visible and not {{ instances }}.is_in_definition
    ) as hidden,
    count(*) filter (where not {{ instances }}.is_in_definition) as usages,
    count(*) filter (where {{ is_placed(instances) }}) as placements
{%- endmacro %}

{# the same counts, added up over rows of int_instance_counts #}

{% macro summed_instance_counts(counts) -%}
    {% for count in ('instances', 'direct', 'nested', 'in_definitions', 'hidden', 'usages', 'placements') -%}
        cast(sum({{ counts }}.{{ count }}) as bigint) as {{ count }}{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{# true if a designer placed the instance and it is visible #}

{% macro is_placed(instances) -%}
    {{ instances }}.is_direct and {{ instances }}.is_effectively_visible and not {{ instances }}.is_in_definition
{%- endmacro %}

{# the place of an instance among those of its file, to choose a sample: placements before usages before others #}

{% macro sample_place(instances) -%}
    {{ instances }}.preorder + 4294967296 * case
        when {{ is_placed(instances) }} then 0
        when not {{ instances }}.is_in_definition then 1
        else 2
    end
{%- endmacro %}
