{# the counts of bindings by node and property, with the nodes that have them #}

{% macro binding_counts(bound, nodes) -%}
    count(*) as bindings,
    count(*) filter (where {{ nodes }}.is_effectively_visible) as bindings_visible,
    count(distinct {{ bound }}.node_id) as nodes,
    {{
        first_by(
            bound ~ '.node_id',
            nodes ~ '.preorder + case when ' ~ nodes ~ '.is_effectively_visible then 0 else 4294967296 end'
        )
    }} as sample_node_id
{%- endmacro %}
