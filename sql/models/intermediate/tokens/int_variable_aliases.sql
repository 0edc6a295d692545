-- the id of a variable that gives a value is one of the same file; if the file has no row for it, a library's key is in
-- the id: VariableID:<key>/<suffix>. What a copy says counts too: its file shows the value of that time
with given as (
    select
        variable_values.file_key,
        variable_values.variable_id,
        variable_values.mode_id,
        variable_values.alias_id as target_id
    from {{ ref('stg_variable_values') }} as variable_values
    where variable_values.alias_id is not null
    union distinct
    select
        variable_values.file_key,
        variable_values.variable_id,
        variable_values.mode_id,
        variable_values.opacity_alias_id as target_id
    from {{ ref('stg_variable_values') }} as variable_values
    where variable_values.opacity_alias_id is not null
),

keyed as (
    select
        named.variable_key,
        coalesce(
            targets.variable_key,
            case
                when given.target_id like 'VariableID:%/%'
                    then split_part(replace(given.target_id, 'VariableID:', ''), '/', 1)
            end
        ) as target_key,
        named.choice,
        given.mode_id
    from given
    inner join {{ ref('int_variables') }} as named
        on
            given.file_key = named.file_key
            and given.variable_id = named.variable_id
    left join {{ ref('int_variables') }} as targets
        on
            given.file_key = targets.file_key
            and given.target_id = targets.variable_id
    where named.variable_key is not null
    union all
    -- what a tokens file says counts for variables that Figma did not name
    select
        tokens.variable_key,
        tokens.alias_key as target_key,
        1 as choice,
        coalesce(tokens.mode_name, '') as mode_id
    from {{ ref('stg_token_values') }} as tokens
    where
        tokens.variable_key is not null
        and not exists (
            select 1
            from {{ ref('int_variables') }} as known
            where known.variable_key = tokens.variable_key
        )
)

select
    keyed.variable_key,
    keyed.target_key,
    min(keyed.choice) = 1 as is_current,
    count(distinct case when keyed.choice = 1 then keyed.mode_id end) as modes
from keyed
where keyed.target_key is not null
group by
    keyed.variable_key,
    keyed.target_key
