{# an effect as text: its type, the offset of a shadow, the radius, the spread and color of a shadow #}

{% macro effect(effects) -%}
    coalesce({{ effects }}.effect_type, '')
    || coalesce(' ' || {{ plain_number(hundredths(effects ~ '.offset_x')) }}, '')
    || coalesce(' ' || {{ plain_number(hundredths(effects ~ '.offset_y')) }}, '')
    || coalesce(' ' || {{ plain_number(hundredths(effects ~ '.radius')) }}, '')
    || coalesce(
        case when {{ effects }}.color is not null then ' ' || {{ plain_number(hundredths(effects ~ '.spread')) }} end, ''
    )
    || coalesce(' ' || {{ effects }}.color, '')
{%- endmacro %}

{# a length rounded to hundredths, as Figma shows it #}

{% macro hundredths(value) -%}
    floor({{ value }} * 100 + 0.5) / 100
{%- endmacro %}
