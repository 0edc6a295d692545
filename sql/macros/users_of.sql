{# the files, folders and teams that use a component outside its library file, counted over component_usage #}

{% macro users_of(component_usage) -%}
    count(distinct {{ component_usage }}.file_key) filter (where {{ is_use(component_usage) }}) as files_using,
    count(distinct {{ component_usage }}.folder_id) filter (where {{ is_use(component_usage) }}) as folders_using,
    count(distinct {{ component_usage }}.team_id) filter (where {{ is_use(component_usage) }}) as teams_using
{%- endmacro %}

{% macro is_use(component_usage) -%}
    {{ component_usage }}.usages > 0 and not {{ component_usage }}.is_at_home
{%- endmacro %}
