{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='week_start',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}

-- the marts `adoption` and `library_usage` describe today, and the node tables hold only the newest state of a file. So
-- this mart is a record: each build replaces the rows of one week and keeps those of earlier weeks, also with
-- `transform --full` and after a definition has changed. It is the only mart that a full build cannot compute again.
-- The rows are lost only if both the build file and the published file are. backfill and replay add no weeks: which
-- layers were in the library, and what was bound, cannot be told from the counts that they store.
-- the week is that of the newest save of any loaded file, and not that of the run. A run on a Monday morning, before
-- anybody has saved, so completes the week before. A week in which nobody saves a file has no rows. A week has the
-- figures, names and teams as the last build of that week found them, and they stay so if a file moves or a component
-- is unpublished later.
-- another share is another select in `of_adoption`. The shares of slot kinds are not recorded for files, which would
-- double the record
with this_week as (
    select {{ week_of('max(snapshots.last_modified_at)') }} as week_start
    from {{ ref('stg_file_snapshots') }} as snapshots
),

of_adoption as (
    select
        adoption.level,
        adoption.id,
        'layers' as share_name,
        adoption.library_layers as numerator,
        adoption.visible_layers as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'instances' as share_name,
        adoption.library_placements as numerator,
        adoption.library_placements + adoption.local_placements as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'styles' as share_name,
        adoption.bound_text_slots + adoption.bound_fill_slots as numerator,
        adoption.text_slots + adoption.fill_slots as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'texts' as share_name,
        adoption.bound_text_slots as numerator,
        adoption.text_slots as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'text_characters' as share_name,
        adoption.bound_text_characters as numerator,
        adoption.text_characters as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'fills' as share_name,
        adoption.bound_fill_slots as numerator,
        adoption.fill_slots as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'tokens' as share_name,
        adoption.variable_slots + adoption.style_slots as numerator,
        adoption.all_slots as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        adoption.level,
        adoption.id,
        'variables' as share_name,
        adoption.variable_slots as numerator,
        adoption.all_slots as denominator
    from {{ ref('adoption') }} as adoption
    union all
    select
        slot_adoption.level,
        slot_adoption.id,
        slot_adoption.slot_kind || '_slots' as share_name,
        slot_adoption.variable_slots + slot_adoption.style_slots as numerator,
        slot_adoption.slots as denominator
    from {{ ref('slot_adoption') }} as slot_adoption
    where slot_adoption.level <> 'file'
),

-- a library that nobody uses any more has a share of 0, and not none
libraries as (
    select components.library_file_key
    from {{ ref('int_known_components') }} as components
    where components.is_published
    union distinct
    select styles.defined_in_file_key as library_file_key
    from {{ ref('int_styles') }} as styles
    where styles.is_published
    union distinct
    select library_usage.library_file_key
    from {{ ref('library_usage') }} as library_usage
),

uses as (
    select
        library_usage.library_file_key,
        count(*) as files,
        sum(library_usage.placements) as placements,
        sum(library_usage.style_references) as style_references
    from {{ ref('library_usage') }} as library_usage
    group by library_usage.library_file_key
),

loaded as (
    select adoption.id as file_key
    from {{ ref('adoption') }} as adoption
    where
        adoption.level = 'file'
        and adoption.library_placements is not null
),

whole as (
    select
        (select count(*) from loaded) as files,
        (
            select sum(component_usage.placements)
            from {{ ref('component_usage') }} as component_usage
        ) as placements,
        (
            select sum(style_usage.style_references)
            from {{ ref('style_usage') }} as style_usage
        ) as style_references
),

-- a file is no user of its own library
in_libraries as (
    select
        libraries.library_file_key as id,
        coalesce(uses.files, 0) as files,
        whole.files - case when loaded.file_key is null then 0 else 1 end as other_files,
        coalesce(uses.placements, 0) as placements,
        coalesce(whole.placements, 0) as all_placements,
        coalesce(uses.style_references, 0) as style_references,
        coalesce(whole.style_references, 0) as all_style_references
    from libraries
    cross join whole
    left join uses
        on libraries.library_file_key = uses.library_file_key
    left join loaded
        on libraries.library_file_key = loaded.file_key
    where libraries.library_file_key is not null
),

of_libraries as (
    select
        in_libraries.id,
        'files' as share_name,
        in_libraries.files as numerator,
        in_libraries.other_files as denominator
    from in_libraries
    union all
    select
        in_libraries.id,
        'placements' as share_name,
        in_libraries.placements as numerator,
        in_libraries.all_placements as denominator
    from in_libraries
    union all
    select
        in_libraries.id,
        'style_references' as share_name,
        in_libraries.style_references as numerator,
        in_libraries.all_style_references as denominator
    from in_libraries
),

counted as (
    select
        of_adoption.level,
        of_adoption.id,
        adoption.name,
        of_adoption.share_name,
        of_adoption.numerator,
        of_adoption.denominator,
        adoption.files_expected,
        adoption.files_scanned,
        adoption.is_conclusive
    from of_adoption
    inner join {{ ref('adoption') }} as adoption
        on
            of_adoption.level = adoption.level
            and coalesce(of_adoption.id, '') = coalesce(adoption.id, '')
    union all
    select
        'library' as level,
        of_libraries.id,
        files.file_name as name,
        of_libraries.share_name,
        of_libraries.numerator,
        of_libraries.denominator,
        scan.files_expected,
        scan.files_scanned,
        scan.is_conclusive
    from of_libraries
    left join {{ ref('stg_files') }} as files
        on of_libraries.id = files.file_key
    cross join {{ ref('int_scan') }} as scan
)

select
    this_week.week_start,
    counted.level,
    counted.id,
    counted.name,
    counted.share_name,
    cast(counted.numerator as bigint) as numerator,
    cast(counted.denominator as bigint) as denominator,
    cast(counted.numerator as double precision) / nullif(counted.denominator, 0) as value,
    counted.files_expected,
    counted.files_scanned,
    counted.is_conclusive
from counted
cross join this_week
where this_week.week_start is not null
