{# the hours from one time to another, with fractions; null if one of them is #}

{% macro hours_between(start, end) -%}
    (
        cast(date_part('epoch', {{ end }}) as double precision)
        - cast(date_part('epoch', {{ start }}) as double precision)
    ) / 3600
{%- endmacro %}
