-- numerators and denominators are summed over files before they are divided. A file that is not loaded adds nothing to
-- either; files_scanned shows that. A placement of a component that is neither published nor defined in its file counts
-- neither as library nor as local. A slot of style_share is a visible text or a visible solid fill, inside library
-- instances too; what the parts of one text or vector show in the same place is one slot, which is bound if all of it
-- is. The other shares are of slots of all kinds outside library instances, as in slot_adoption. A FigJam board is not
-- design, so its layers and slots are left out (files_left_out counts such files); its placements count like others.
-- The peer_ columns follow the rules of another tool, see int_peer_slots
with layers as (
    select
        layers.file_key,
        sum(layers.visible_layers) as visible_layers,
        sum(layers.visible_layers) filter (where layers.is_in_library) as library_layers,
        max(layers.sample_node_id) filter (where not layers.is_in_library) as sample_node_id
    from {{ ref('int_layers') }} as layers
    group by layers.file_key
),

-- documents of 2018 have no keys: what their own file defines is local
keyless as (
    select
        counts.file_key,
        sum(counts.placements) as local_placements
    from {{ ref('int_instance_counts') }} as counts
    inner join {{ ref('int_file_components') }} as file_components
        on
            counts.file_key = file_components.file_key
            and counts.component_id = file_components.node_id
    where
        counts.component_key is null
        and file_components.is_defined
    group by counts.file_key
),

placed as (
    select
        component_usage.file_key,
        sum(component_usage.placements) filter (where component_usage.is_published) as library_placements,
        sum(component_usage.placements) filter (
            where not component_usage.is_published and defined.component_key is not null
        ) as local_placements
    from {{ ref('component_usage') }} as component_usage
    left join {{ ref('int_defined_components') }} as defined
        on
            component_usage.file_key = defined.file_key
            and component_usage.component_key = defined.component_key
    group by component_usage.file_key
),

slots as (
    select
        slots.file_key,
        sum(slots.text_slots) as text_slots,
        sum(slots.text_slots) filter (where slots.is_bound) as bound_text_slots,
        sum(slots.text_characters) as text_characters,
        sum(slots.text_characters) filter (where slots.is_bound) as bound_text_characters,
        sum(slots.fill_slots) as fill_slots,
        sum(slots.fill_slots) filter (where slots.is_bound) as bound_fill_slots
    from (
        select
            texts.file_key,
            texts.is_bound,
            texts.slots as text_slots,
            texts.characters as text_characters,
            0 as fill_slots
        from {{ ref('int_texts') }} as texts
        union all
        select
            paints.file_key,
            paints.is_bound,
            0 as text_slots,
            0 as text_characters,
            paints.slots as fill_slots
        from {{ ref('int_paints') }} as paints
        where paints.role = 'fill'
    ) as slots
    group by slots.file_key
),

peers as (
    select
        peer_slots.file_key,
        sum(peer_slots.slots) filter (where peer_slots.slot_kind = 'rounding') as rounding_slots,
        sum(peer_slots.bound_slots) filter (where peer_slots.slot_kind = 'rounding') as rounding_bound,
        sum(peer_slots.slots) filter (where peer_slots.slot_kind = 'spacing') as spacing_slots,
        sum(peer_slots.bound_slots) filter (where peer_slots.slot_kind = 'spacing') as spacing_bound,
        sum(peer_slots.slots) filter (where peer_slots.slot_kind = 'stroke') as stroke_slots,
        sum(peer_slots.bound_slots) filter (where peer_slots.slot_kind = 'stroke') as stroke_bound
    from {{ ref('int_peer_slots') }} as peer_slots
    group by peer_slots.file_key
),

file_figures as (
    select
        files.file_key,
        files.file_name,
        files.folder_id,
        files.folder_name,
        files.team_id,
        files.team_name,
        files.is_expected,
        files.is_current,
        files.is_loaded and not files.is_design as is_left_out,
        case when files.is_loaded and files.is_design then coalesce(layers.visible_layers, 0) end as visible_layers,
        case when files.is_loaded and files.is_design then coalesce(layers.library_layers, 0) end as library_layers,
        case when files.is_loaded then coalesce(placed.library_placements, 0) end as library_placements,
        case
            when files.is_loaded then coalesce(placed.local_placements, 0) + coalesce(keyless.local_placements, 0)
        end as local_placements,
        case when files.is_loaded and files.is_design then coalesce(slots.text_slots, 0) end as text_slots,
        case when files.is_loaded and files.is_design then coalesce(slots.bound_text_slots, 0) end as bound_text_slots,
        case when files.is_loaded and files.is_design then coalesce(slots.text_characters, 0) end as text_characters,
        case
            when files.is_loaded and files.is_design then coalesce(slots.bound_text_characters, 0)
        end as bound_text_characters,
        case when files.is_loaded and files.is_design then coalesce(slots.fill_slots, 0) end as fill_slots,
        case when files.is_loaded and files.is_design then coalesce(slots.bound_fill_slots, 0) end as bound_fill_slots,
        case when files.is_loaded and files.is_design then coalesce(peers.rounding_slots, 0) end as peer_rounding_slots,
        case when files.is_loaded and files.is_design then coalesce(peers.rounding_bound, 0) end as peer_rounding_bound,
        case when files.is_loaded and files.is_design then coalesce(peers.spacing_slots, 0) end as peer_spacing_slots,
        case when files.is_loaded and files.is_design then coalesce(peers.spacing_bound, 0) end as peer_spacing_bound,
        case when files.is_loaded and files.is_design then coalesce(peers.stroke_slots, 0) end as peer_stroke_slots,
        case when files.is_loaded and files.is_design then coalesce(peers.stroke_bound, 0) end as peer_stroke_bound,
        case when files.is_design then {{ figma_url('files.file_key', 'layers.sample_node_id') }} end as sample_url
    from {{ ref('int_files') }} as files
    left join layers
        on files.file_key = layers.file_key
    left join placed
        on files.file_key = placed.file_key
    left join keyless
        on files.file_key = keyless.file_key
    left join slots
        on files.file_key = slots.file_key
    left join peers
        on files.file_key = peers.file_key
    where
        not files.is_branch
        and (files.is_expected or files.is_loaded)
),

leveled as (
    select
        file_figures.file_key,
        'file' as level,
        file_figures.file_key as id,
        file_figures.file_name as name
    from file_figures
    union all
    select
        file_figures.file_key,
        'folder' as level,
        file_figures.folder_id as id,
        file_figures.folder_name as name
    from file_figures
    union all
    select
        file_figures.file_key,
        'team' as level,
        file_figures.team_id as id,
        file_figures.team_name as name
    from file_figures
    union all
    select
        file_figures.file_key,
        'organisation' as level,
        'organisation' as id,
        cast(null as varchar) as name
    from file_figures
),

ranked as (
    select
        leveled.level,
        leveled.id,
        leveled.file_key,
        leveled.name,
        row_number() over (
            partition by
                leveled.level,
                leveled.id
            order by
                coalesce(file_figures.visible_layers - file_figures.library_layers, -1) desc,
                leveled.file_key asc
        ) as choice
    from leveled
    inner join file_figures
        on leveled.file_key = file_figures.file_key
),

summed as (
    select
        ranked.level,
        ranked.id,
        max(ranked.name) as name,
        count(*) filter (where file_figures.is_expected) as files_expected,
        count(*) filter (where file_figures.is_expected and file_figures.is_current) as files_scanned,
        count(*) filter (where file_figures.is_left_out) as files_left_out,
        cast(sum(file_figures.visible_layers) as bigint) as visible_layers,
        cast(sum(file_figures.library_layers) as bigint) as library_layers,
        cast(sum(file_figures.library_placements) as bigint) as library_placements,
        cast(sum(file_figures.local_placements) as bigint) as local_placements,
        cast(sum(file_figures.text_slots) as bigint) as text_slots,
        cast(sum(file_figures.bound_text_slots) as bigint) as bound_text_slots,
        cast(sum(file_figures.text_characters) as bigint) as text_characters,
        cast(sum(file_figures.bound_text_characters) as bigint) as bound_text_characters,
        cast(sum(file_figures.fill_slots) as bigint) as fill_slots,
        cast(sum(file_figures.bound_fill_slots) as bigint) as bound_fill_slots,
        cast(sum(file_figures.peer_rounding_slots) as bigint) as peer_rounding_slots,
        cast(sum(file_figures.peer_rounding_bound) as bigint) as peer_rounding_bound,
        cast(sum(file_figures.peer_spacing_slots) as bigint) as peer_spacing_slots,
        cast(sum(file_figures.peer_spacing_bound) as bigint) as peer_spacing_bound,
        cast(sum(file_figures.peer_stroke_slots) as bigint) as peer_stroke_slots,
        cast(sum(file_figures.peer_stroke_bound) as bigint) as peer_stroke_bound,
        max(case when ranked.choice = 1 then file_figures.sample_url end) as sample_url
    from ranked
    inner join file_figures
        on ranked.file_key = file_figures.file_key
    group by
        ranked.level,
        ranked.id
),

tokens as (
    select
        slot_adoption.level,
        slot_adoption.id,
        cast(sum(slot_adoption.slots) as bigint) as slots,
        cast(sum(slot_adoption.variable_slots) as bigint) as variable_slots,
        cast(sum(slot_adoption.style_slots) as bigint) as style_slots
    from {{ ref('slot_adoption') }} as slot_adoption
    group by
        slot_adoption.level,
        slot_adoption.id
)

select
    summed.level,
    summed.id,
    summed.name,
    summed.visible_layers,
    summed.library_layers,
    cast(summed.library_layers as double precision) / nullif(summed.visible_layers, 0) as layer_share,
    summed.library_placements,
    summed.local_placements,
    cast(summed.library_placements as double precision)
    / nullif(summed.library_placements + summed.local_placements, 0) as instance_share,
    summed.text_slots,
    summed.bound_text_slots,
    summed.text_characters,
    summed.bound_text_characters,
    cast(summed.bound_text_characters as double precision)
    / nullif(summed.text_characters, 0) as text_character_share,
    summed.fill_slots,
    summed.bound_fill_slots,
    cast(summed.bound_text_slots + summed.bound_fill_slots as double precision)
    / nullif(summed.text_slots + summed.fill_slots, 0) as style_share,
    coalesce(tokens.slots, 0 * summed.visible_layers) as all_slots,
    coalesce(tokens.variable_slots, 0 * summed.visible_layers) as variable_slots,
    coalesce(tokens.style_slots, 0 * summed.visible_layers) as style_slots,
    cast(tokens.variable_slots as double precision) / nullif(tokens.slots, 0) as variable_share,
    cast(tokens.variable_slots + tokens.style_slots as double precision) / nullif(tokens.slots, 0) as token_share,
    summed.peer_rounding_slots,
    summed.peer_rounding_bound,
    summed.peer_spacing_slots,
    summed.peer_spacing_bound,
    summed.peer_stroke_slots,
    summed.peer_stroke_bound,
    summed.sample_url,
    summed.files_expected,
    summed.files_scanned,
    summed.files_left_out,
    summed.files_expected > 0
    and summed.files_scanned = summed.files_expected
    and scan.has_all_lists as is_conclusive
from summed
left join tokens
    on
        summed.level = tokens.level
        and coalesce(summed.id, '') = coalesce(tokens.id, '')
cross join {{ ref('int_scan') }} as scan
