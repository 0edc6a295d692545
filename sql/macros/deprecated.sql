{# the setting deprecated_pattern, a regular expression; without it nothing is deprecated #}

{% macro deprecated_pattern() -%}
    '{{ env_var('FIGMA_WAREHOUSE_DEPRECATED_PATTERN', '') | replace("'", "''") }}'
{%- endmacro %}

{# true if the pattern is somewhere in a text, in upper or lower case #}

{% macro is_deprecated(text) -%}
    ({{ deprecated_pattern() }} <> '' and coalesce({{ adapter.dispatch('has_pattern')(text) }}, false))
{%- endmacro %}

{% macro default__has_pattern(text) -%}
    regexp_matches({{ text }}, {{ deprecated_pattern() }}, 'i')
{%- endmacro %}

{% macro postgres__has_pattern(text) -%}
    {{ text }} ~* {{ deprecated_pattern() }}
{%- endmacro %}

{# the words of a text with one space before and after each, to look for a name as a whole #}

{% macro words(text) -%}
    regexp_replace(
        ' ' || translate({{ text }}, '.,;:!?()[]{}"`“”‘’„«»→*''', repeat(' ', 30)) || ' ', '\s+', ' ', 'g'
    )
{%- endmacro %}
