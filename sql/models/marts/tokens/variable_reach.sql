-- a variable without a name is shown by its key, and a color variable of a library by the color that most of its paints
-- show. That no file binds a variable is in unused_variables, because documents name only the variables that they bind
with ranked as (
    select
        variable_usage.variable_key,
        case when variable_usage.local_variable_id is not null then variable_usage.file_key end as local_file_key,
        variable_usage.local_variable_id,
        variable_usage.token_name,
        variable_usage.variable_name,
        variable_usage.collection_name,
        variable_usage.resolved_type,
        variable_usage.name_source,
        variable_usage.collection_modes,
        variable_usage.default_value,
        variable_usage.default_alias_name,
        variable_usage.file_key,
        variable_usage.team_id,
        variable_usage.bindings,
        variable_usage.bindings_visible,
        variable_usage.sample_url,
        row_number() over (
            partition by
                variable_usage.variable_key,
                case when variable_usage.local_variable_id is not null then variable_usage.file_key end,
                variable_usage.local_variable_id,
                variable_usage.token_name
            order by
                variable_usage.bindings desc,
                variable_usage.file_key asc,
                variable_usage.slot_kind asc
        ) as choice
    from {{ ref('variable_usage') }} as variable_usage
),

totals as (
    select
        ranked.variable_key,
        ranked.local_file_key,
        ranked.local_variable_id,
        ranked.token_name,
        max(ranked.variable_name) as variable_name,
        max(ranked.collection_name) as collection_name,
        max(ranked.resolved_type) as resolved_type,
        max(ranked.name_source) as name_source,
        max(ranked.collection_modes) as collection_modes,
        max(ranked.default_value) as default_value,
        max(ranked.default_alias_name) as default_alias_name,
        cast(sum(ranked.bindings) as bigint) as bindings,
        cast(sum(ranked.bindings_visible) as bigint) as bindings_visible,
        count(distinct ranked.file_key) as files_using,
        count(distinct ranked.team_id) as teams_using,
        max(case when ranked.choice = 1 then ranked.sample_url end) as sample_url
    from ranked
    group by
        ranked.variable_key,
        ranked.local_file_key,
        ranked.local_variable_id,
        ranked.token_name
),

colors as (
    select
        colors.variable_key,
        colors.color,
        row_number() over (
            partition by colors.variable_key
            order by sum(colors.paints) desc, colors.color asc
        ) as choice
    from {{ ref('int_variable_colors') }} as colors
    group by
        colors.variable_key,
        colors.color
)

select
    totals.variable_key,
    totals.local_file_key,
    totals.local_variable_id,
    totals.token_name,
    totals.variable_name,
    totals.collection_name,
    totals.resolved_type,
    totals.name_source,
    totals.collection_modes,
    totals.default_value,
    totals.default_alias_name,
    colors.color as preview_color,
    totals.bindings,
    totals.bindings_visible,
    totals.files_using,
    totals.teams_using,
    totals.sample_url,
    scan.files_expected,
    scan.files_scanned,
    scan.is_conclusive
from totals
cross join {{ ref('int_scan') }} as scan
left join colors
    on
        totals.variable_key = colors.variable_key
        and colors.choice = 1
