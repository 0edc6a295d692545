{# the id of the INSTANCE that a node is, or else of the nearest around it #}

{% macro nearest_instance(nodes) -%}
    case when {{ nodes }}.node_type = 'INSTANCE' then {{ nodes }}.node_id else {{ nodes }}.instance_id end
{%- endmacro %}
