{# the color of a paint as `#rrggbbaa`, with the opacity of the paint in its alpha #}

{% macro shown_color(color, opacity) -%}
    case
        when {{ opacity }} = 1 then {{ color }}
        else
            substr({{ color }}, 1, 7)
            || {{ hex_pair('floor(' ~ channel(color, 8) ~ ' * greatest(0.0, least(1.0, ' ~ opacity ~ ')) + 0.5)') }}
    end
{%- endmacro %}

{# one channel 0..255 of `#rrggbbaa`, read from the two digits at `position` #}

{% macro channel(color, position) -%}
    (
        16 * {{ hex_digit(color, position) }}
        + {{ hex_digit(color, position + 1) }}
    )
{%- endmacro %}

{% macro hex_digit(text, position) -%}
    (strpos('0123456789abcdef', substr({{ text }}, {{ position }}, 1)) - 1)
{%- endmacro %}

{# a number 0..255 as two hexadecimal digits #}

{% macro hex_pair(number) -%}
    substr('0123456789abcdef', cast(floor({{ number }} / 16) as integer) + 1, 1)
    || substr('0123456789abcdef', cast({{ number }} as integer) % 16 + 1, 1)
{%- endmacro %}
