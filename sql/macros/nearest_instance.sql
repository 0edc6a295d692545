{# the id of a node if it is an INSTANCE, otherwise of the nearest INSTANCE around it #}

{% macro nearest_instance(nodes) -%}
    case when {{ nodes }}.node_type = 'INSTANCE' then {{ nodes }}.node_id else {{ nodes }}.instance_id end
{%- endmacro %}
