{# a font as people write it: family, size in px and weight, as far as they are known #}

{% macro font(family, size, weight) -%}
    {{ family }}
    || coalesce(' ' || {{ plain_number(size) }}, '')
    || coalesce(' ' || {{ plain_number(weight) }}, '')
{%- endmacro %}

{# a number without the ".0" of a whole one; what no font has stays as it is, so that no cast fails on it #}

{% macro plain_number(value) -%}
    case
        when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1000000000
            then cast(cast({{ value }} as bigint) as varchar)
        else cast({{ value }} as varchar)
    end
{%- endmacro %}
