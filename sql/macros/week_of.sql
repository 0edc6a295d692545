{# the Monday of the week, in UTC, that a moment lies in #}

{% macro week_of(moment) -%}
    cast({{ date_trunc('week', "cast(" ~ moment ~ " as timestamp with time zone) at time zone 'UTC'") }} as date)
{%- endmacro %}
