{#
    The Mondays from the first to the last week of `bounds`, a CTE with the columns first_week and last_week; none if
    these are null. The CTE that it fills is called weeks, and is recursive.
#}

{% macro weeks_between(bounds) -%}
    select
        {{ bounds }}.first_week as week_start,
        {{ bounds }}.last_week
    from {{ bounds }}
    where {{ bounds }}.first_week is not null
    union all
    select
        cast(weeks.week_start + interval '7 days' as date) as week_start,
        weeks.last_week
    from weeks
    where weeks.week_start < weeks.last_week
{%- endmacro %}
