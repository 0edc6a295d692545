-- the library of a component or style is the file that publishes it. If no file publishes it now, it belongs to the
-- file that uses it if that file defines it, otherwise to the file that published it last or that defines it. A
-- document does not name the libraries that it uses, so the warehouse knows a library outside of the teams only if
-- key_lookups asked Figma for it. All that a file uses of unknown libraries has one row, whose library is null. This
-- row has all bindings too, because a document has only the key of a library variable. A file is no user of its own
-- library. An instance or reference without a key, which the document's map does not name, counts for no library
with lookups as (
    select
        key_lookups.kind,
        key_lookups.item_key,
        key_lookups.library_file_key,
        key_lookups.library_team_id
    from {{ ref('stg_key_lookups') }} as key_lookups
    where key_lookups.is_found
),

library_teams as (
    select
        lookups.library_file_key,
        max(lookups.library_team_id) as team_id
    from lookups
    group by lookups.library_file_key
),

definers as (
    select
        defined.component_key,
        min(defined.file_key) as file_key
    from {{ ref('int_defined_components') }} as defined
    inner join {{ ref('int_files') }} as files
        on defined.file_key = files.file_key
    where not files.is_branch
    group by defined.component_key
),

of_components as (
    select
        component_usage.file_key,
        case
            when component_usage.is_published then component_usage.library_file_key
            when defined_here.component_key is not null then component_usage.file_key
            else coalesce(component_usage.library_file_key, definers.file_key, lookups.library_file_key)
        end as library_file_key,
        component_usage.placements,
        component_usage.usages,
        component_usage.in_definitions,
        component_usage.sample_url,
        row_number() over (
            partition by component_usage.file_key
            order by
                component_usage.placements desc,
                component_usage.component_key asc
        ) as place
    from {{ ref('component_usage') }} as component_usage
    left join {{ ref('int_defined_components') }} as defined_here
        on
            component_usage.component_key = defined_here.component_key
            and component_usage.file_key = defined_here.file_key
    left join definers
        on component_usage.component_key = definers.component_key
    left join lookups
        on
            component_usage.component_key = lookups.item_key
            and lookups.kind = 'component'
),

of_styles as (
    select
        style_usage.file_key,
        coalesce(styles.defined_in_file_key, lookups.library_file_key) as library_file_key,
        style_usage.style_key,
        style_usage.style_references,
        style_usage.sample_url
    from {{ ref('style_usage') }} as style_usage
    inner join {{ ref('int_styles') }} as styles
        on style_usage.style_key = styles.style_key
    left join lookups
        on
            style_usage.style_key = lookups.item_key
            and lookups.kind = 'style'
    where not style_usage.is_defined_here
),

uses as (
    select
        of_components.file_key,
        of_components.library_file_key,
        sum(of_components.placements) as placements,
        sum(of_components.usages) as usages,
        sum(of_components.in_definitions) as in_definitions,
        count(*) filter (where of_components.usages > 0) as components_used,
        0 as style_references,
        0 as styles_used,
        0 as variable_bindings,
        0 as variables_used,
        1 as sample_place,
        {{ first_by('of_components.sample_url', 'of_components.place') }} as sample_url
    from of_components
    group by
        of_components.file_key,
        of_components.library_file_key
    union all
    select
        of_styles.file_key,
        of_styles.library_file_key,
        0 as placements,
        0 as usages,
        0 as in_definitions,
        0 as components_used,
        sum(of_styles.style_references) as style_references,
        count(distinct of_styles.style_key) as styles_used,
        0 as variable_bindings,
        0 as variables_used,
        2 as sample_place,
        min(of_styles.sample_url) as sample_url
    from of_styles
    group by
        of_styles.file_key,
        of_styles.library_file_key
    union all
    select
        bindings.file_key,
        null as library_file_key,
        0 as placements,
        0 as usages,
        0 as in_definitions,
        0 as components_used,
        0 as style_references,
        0 as styles_used,
        sum(bindings.bindings) as variable_bindings,
        count(distinct bindings.variable_key) as variables_used,
        3 as sample_place,
        min({{ figma_url('bindings.file_key', 'bindings.sample_node_id') }}) as sample_url
    from {{ ref('int_variable_bindings') }} as bindings
    where bindings.variable_key is not null
    group by bindings.file_key
),

added_up as (
    select
        uses.library_file_key,
        uses.file_key,
        cast(sum(uses.placements) as bigint) as placements,
        cast(sum(uses.usages) as bigint) as usages,
        cast(sum(uses.in_definitions) as bigint) as in_definitions,
        cast(sum(uses.components_used) as bigint) as components_used,
        cast(sum(uses.style_references) as bigint) as style_references,
        cast(sum(uses.styles_used) as bigint) as styles_used,
        cast(sum(uses.variable_bindings) as bigint) as variable_bindings,
        cast(sum(uses.variables_used) as bigint) as variables_used,
        {{ first_by('uses.sample_url', 'uses.sample_place') }} as sample_url
    from uses
    where uses.library_file_key is null or uses.library_file_key <> uses.file_key
    group by
        uses.library_file_key,
        uses.file_key
)

select
    added_up.library_file_key,
    added_up.file_key,
    libraries.file_name as library_file_name,
    files.file_name,
    files.folder_id,
    files.folder_path,
    files.team_id,
    files.team_name,
    added_up.placements,
    added_up.usages,
    added_up.in_definitions,
    added_up.components_used,
    added_up.style_references,
    added_up.styles_used,
    added_up.variable_bindings,
    added_up.variables_used,
    added_up.sample_url,
    coalesce(libraries.team_id, library_teams.team_id) as library_team_id,
    teams.team_name as library_team_name
from added_up
inner join {{ ref('int_files') }} as files
    on added_up.file_key = files.file_key
left join {{ ref('stg_files') }} as libraries
    on added_up.library_file_key = libraries.file_key
left join library_teams
    on added_up.library_file_key = library_teams.library_file_key
left join {{ ref('stg_teams') }} as teams
    on coalesce(libraries.team_id, library_teams.team_id) = teams.team_id
