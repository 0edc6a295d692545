{# the value of the row in which `place` is smallest, as an aggregate; rows without a place do not count #}

{% macro first_by(value, place) -%}
    {{ adapter.dispatch('first_by')(value, place) }}
{%- endmacro %}

{% macro default__first_by(value, place) -%}
    min_by({{ value }}, {{ place }})
{%- endmacro %}

{% macro postgres__first_by(value, place) -%}
    (array_agg({{ value }} order by {{ place }}) filter (where {{ place }} is not null))[1]
{%- endmacro %}
