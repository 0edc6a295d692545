{#
    The outcomes of one resource with a file; of each file, the last one has newness 1. Times in the future, from a clock
    that was ahead, are not the latest.
#}
{% macro last_outcomes(resource) -%}
    select
        outcomes.file_key,
        outcomes.status,
        outcomes.reason,
        outcomes.detail,
        outcomes.retry_at,
        outcomes.last_modified_at,
        outcomes.finished_at,
        row_number() over (
            partition by outcomes.file_key
            order by
                coalesce(outcomes.finished_at > current_timestamp, false),
                outcomes.finished_at desc nulls last,
                outcomes.run_id desc
        ) as newness
    from {{ ref('stg_outcomes') }} as outcomes
    where
        outcomes.resource = '{{ resource }}'
        and outcomes.file_key is not null
{%- endmacro %}
