{# `#rrggbbaa` as a paint shows it: with the paint's opacity in its alpha #}

{% macro shown_color(color, opacity) -%}
    case
        when {{ opacity }} = 1 then {{ color }}
        else
            substr({{ color }}, 1, 7)
            || {{ hex_pair('floor(' ~ channel(color, 8) ~ ' * greatest(0.0, least(1.0, ' ~ opacity ~ ')) + 0.5)') }}
    end
{%- endmacro %}

{# one channel 0..255 of `#rrggbbaa`, its two digits from `position` on #}

{% macro channel(color, position) -%}
    (
        16 * {{ hex_digit(color, position) }}
        + {{ hex_digit(color, position + 1) }}
    )
{%- endmacro %}

{% macro hex_digit(text, position) -%}
    (strpos('0123456789abcdef', substr({{ text }}, {{ position }}, 1)) - 1)
{%- endmacro %}

{# 0..255 as two digits #}

{% macro hex_pair(number) -%}
    substr('0123456789abcdef', cast(floor({{ number }} / 16) as integer) + 1, 1)
    || substr('0123456789abcdef', cast({{ number }} as integer) % 16 + 1, 1)
{%- endmacro %}
