{# the Monday of the week that contains a time, in UTC #}

{% macro week_of(moment) -%}
    cast({{ date_trunc('week', "cast(" ~ moment ~ " as timestamp with time zone) at time zone 'UTC'") }} as date)
{%- endmacro %}
