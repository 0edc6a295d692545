{# the same as one value for each color, which an engine compares faster: the point of a color, and how far two are #}

{% macro color_point(colors) -%}
    {{ adapter.dispatch('color_point')(colors) }}
{%- endmacro %}

{% macro default__color_point(colors) -%}
    array[{{ colors }}.lightness, {{ colors }}.green_red, {{ colors }}.blue_yellow, {{ colors }}.alpha]
{%- endmacro %}

{% macro duckdb__color_point(colors) -%}
    array_value({{ colors }}.lightness, {{ colors }}.green_red, {{ colors }}.blue_yellow, {{ colors }}.alpha)
{%- endmacro %}

{% macro point_distance(first, second) -%}
    {{ adapter.dispatch('point_distance')(first, second) }}
{%- endmacro %}

{% macro default__point_distance(first, second) -%}
    sqrt(
        power({{ first }}[1] - {{ second }}[1], 2)
        + power({{ first }}[2] - {{ second }}[2], 2)
        + power({{ first }}[3] - {{ second }}[3], 2)
        + power({{ first }}[4] - {{ second }}[4], 2)
    )
{%- endmacro %}

{% macro duckdb__point_distance(first, second) -%}
    array_distance({{ first }}, {{ second }})
{%- endmacro %}
