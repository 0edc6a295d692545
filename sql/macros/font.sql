{# a font as text: family, size in px and weight, each if it is known #}

{% macro font(family, size, weight) -%}
    {{ family }}
    || coalesce(' ' || {{ plain_number(size) }}, '')
    || coalesce(' ' || {{ plain_number(weight) }}, '')
{%- endmacro %}

{# a number as text, without ".0" if it is whole; huge numbers stay as they are, so that no cast overflows #}

{% macro plain_number(value) -%}
    case
        when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1000000000
            then cast(cast({{ value }} as bigint) as varchar)
        else cast({{ value }} as varchar)
    end
{%- endmacro %}

{# the distance of two fonts of one family: one pixel of size weighs as much as 100 units of weight #}

{% macro font_distance(first, second) -%}
    abs(coalesce({{ first }}.font_size - {{ second }}.font_size, 0))
    + abs(coalesce({{ first }}.font_weight - {{ second }}.font_weight, 0)) / 100
{%- endmacro %}
