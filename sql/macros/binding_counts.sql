{# the counts of bindings, from rows of stg_node_variables and their nodes. A binding is one property of one node #}

{% macro binding_counts(bound, nodes) -%}
    count(distinct {{ bound }}.node_id || ' ' || {{ bound }}.bound_property) as bindings,
    count(distinct {{ bound }}.node_id || ' ' || {{ bound }}.bound_property) filter (
        where {{ nodes }}.is_effectively_visible
    ) as bindings_visible,
    count(distinct {{ bound }}.node_id) as nodes,
    {{
        first_by(
            bound ~ '.node_id',
            nodes ~ '.preorder + case when ' ~ nodes ~ '.is_effectively_visible then 0 else 4294967296 end'
        )
    }} as sample_node_id
{%- endmacro %}
