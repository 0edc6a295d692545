{# from sRGB to OKLab, as Björn Ottosson defines it; red, green and blue are 0..1 #}

{% macro linear_light(channel) -%}
    case
        when {{ channel }} <= 0.04045 then {{ channel }} / 12.92
        else power(({{ channel }} + 0.055) / 1.055, 2.4)
    end
{%- endmacro %}

{# the responses of the eye's long, medium and short cones to linear light #}

{% macro long_cone(red, green, blue) -%}
    cbrt(0.4122214708 * {{ red }} + 0.5363325363 * {{ green }} + 0.0514459929 * {{ blue }})
{%- endmacro %}

{% macro medium_cone(red, green, blue) -%}
    cbrt(0.2119034982 * {{ red }} + 0.6806995451 * {{ green }} + 0.1073969566 * {{ blue }})
{%- endmacro %}

{% macro short_cone(red, green, blue) -%}
    cbrt(0.0883024619 * {{ red }} + 0.2817188376 * {{ green }} + 0.6299787005 * {{ blue }})
{%- endmacro %}

{# the three axes of OKLab, from the responses of the cones #}

{% macro oklab_lightness(long, medium, short) -%}
    0.2104542553 * {{ long }} + 0.7936177850 * {{ medium }} - 0.0040720468 * {{ short }}
{%- endmacro %}

{% macro oklab_green_red(long, medium, short) -%}
    1.9779984951 * {{ long }} - 2.4285922050 * {{ medium }} + 0.4505937099 * {{ short }}
{%- endmacro %}

{% macro oklab_blue_yellow(long, medium, short) -%}
    0.0259040371 * {{ long }} + 0.7827717662 * {{ medium }} - 0.8086757660 * {{ short }}
{%- endmacro %}

{# the distance of two rows of int_colors in OKLab, with the difference in alpha as a fourth axis #}

{% macro color_distance(first, second) -%}
    sqrt(
        power({{ first }}.lightness - {{ second }}.lightness, 2)
        + power({{ first }}.green_red - {{ second }}.green_red, 2)
        + power({{ first }}.blue_yellow - {{ second }}.blue_yellow, 2)
        + power({{ first }}.alpha - {{ second }}.alpha, 2)
    )
{%- endmacro %}

{#
    the place of the nearest point, as an aggregate. Among points at the same distance, up to the last bits that a
    double holds of it, the first place wins. Distance and place are one number, so that nothing is kept of a pair: 41
    bits of the distance, which is at most 2, and 20 bits of the place
#}

{% macro nearest_place(first, second, place) -%}
    min(
        cast(floor({{ point_distance(first, second) }} * 1099511627776) as bigint) * 1048576 + {{ place }}
    ) % 1048576
{%- endmacro %}
