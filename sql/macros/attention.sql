{# the settings attention_…, thresholds of the mart `attention` #}

{% macro attention_threshold(name) -%}
    {{ env_var('FIGMA_WAREHOUSE_ATTENTION_' ~ name | upper, {
        'growth': '0.25', 'loss': '0.5', 'unused_days': '91', 'detachments': '3',
    }[name]) | float }}
{%- endmacro %}

{# "1 instance", "2 instances" #}

{% macro counted(number, one, many) -%}
    cast({{ number }} as varchar) || case when {{ number }} = 1 then ' {{ one }}' else ' {{ many }}' end
{%- endmacro %}

{# the columns of one kind of finding, in one order and type #}

{% macro finding(part) -%}
    select
        {{ part }}.kind,
        {{ part }}.severity,
        {{ part }}.subject_type,
        {{ part }}.subject_key,
        {{ part }}.subject_name,
        {{ part }}.file_key,
        cast({{ part }}.figure as double precision) as figure,
        cast({{ part }}.figure_before as double precision) as figure_before,
        cast({{ part }}.since_at as timestamp with time zone) as since_at,
        {{ part }}.words_before,
        {{ part }}.words_after,
        {{ part }}.sample_url,
        {{ part }}.is_conclusive
    from {{ part }}
{%- endmacro %}
