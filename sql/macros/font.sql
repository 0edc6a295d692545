{# a font as people write it: family, size in px and weight, as far as they are known #}

{% macro font(family, size, weight) -%}
    {{ family }}
    || coalesce(
        ' ' || case
            when {{ size }} = floor({{ size }}) then cast(cast({{ size }} as bigint) as varchar)
            else cast({{ size }} as varchar)
        end,
        ''
    )
    || coalesce(' ' || cast(cast({{ weight }} as bigint) as varchar), '')
{%- endmacro %}
