-- a tokens file names a variable only if it gives its key, or its id and the file that defines it; equal names or
-- values are no match. Of the rows of one variable, that of its default mode names it; of several, the first one
with named as (
    select
        token_values.variable_key,
        cast(null as varchar) as local_file_key,
        cast(null as varchar) as local_variable_id,
        token_values.token_name,
        token_values.collection_name,
        token_values.resolved_type,
        token_values.mode_name,
        token_values.token_value,
        token_values.alias_name,
        token_values.is_default_mode,
        token_values.token_position
    from {{ ref('stg_token_values') }} as token_values
    where token_values.variable_key is not null
    union all
    select
        cast(null as varchar) as variable_key,
        token_values.file_key as local_file_key,
        token_values.variable_id as local_variable_id,
        token_values.token_name,
        token_values.collection_name,
        token_values.resolved_type,
        token_values.mode_name,
        token_values.token_value,
        token_values.alias_name,
        token_values.is_default_mode,
        token_values.token_position
    from {{ ref('stg_token_values') }} as token_values
    where token_values.variable_id is not null
),

ranked as (
    select
        named.variable_key,
        named.local_file_key,
        named.local_variable_id,
        named.token_name,
        named.collection_name,
        named.resolved_type,
        named.mode_name,
        named.token_value,
        named.alias_name,
        row_number() over (
            partition by
                named.variable_key,
                named.local_file_key,
                named.local_variable_id
            order by
                named.is_default_mode desc,
                named.token_position asc
        ) as choice
    from named
)

select
    ranked.variable_key,
    ranked.local_file_key,
    ranked.local_variable_id,
    max(case when ranked.choice = 1 then ranked.token_name end) as variable_name,
    max(case when ranked.choice = 1 then ranked.collection_name end) as collection_name,
    max(case when ranked.choice = 1 then ranked.resolved_type end) as resolved_type,
    count(distinct ranked.mode_name) as collection_modes,
    max(case when ranked.choice = 1 then ranked.token_value end) as default_value,
    max(case when ranked.choice = 1 then ranked.alias_name end) as default_alias_name
from ranked
group by
    ranked.variable_key,
    ranked.local_file_key,
    ranked.local_variable_id
