{# the URL that opens a node in Figma #}

{% macro figma_url(file_key, node_id) -%}
    'https://www.figma.com/design/' || {{ file_key }} || '?node-id=' || replace({{ node_id }}, ':', '-')
{%- endmacro %}

{# the URL that opens a file in Figma #}

{% macro file_url(file_key) -%}
    'https://www.figma.com/design/' || {{ file_key }}
{%- endmacro %}
