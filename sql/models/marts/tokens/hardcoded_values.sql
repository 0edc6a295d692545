-- the nearest style or variable is searched once per value, not once per layer. Among equal values, the one used most
-- in the role that the value mostly has wins: stroke, text fill or other fill. The distance of colors is their distance
-- in OKLab with alpha as a fourth axis, so that a translucent color does not match the opaque one. Fonts are compared
-- within their family: one pixel of size weighs as much as 100 units of weight. FigJam boards are not design and have
-- no tokens, so they are left out
with hardcoded as (
    select
        paints.file_key,
        'color' as kind,
        paints.color as value,
        paints.color,
        cast(null as varchar) as font_family,
        cast(null as double precision) as font_size,
        cast(null as double precision) as font_weight,
        sum(paints.paints) as occurrences,
        coalesce(sum(paints.paints) filter (where paints.role = 'fill'), 0) as fills,
        coalesce(sum(paints.paints) filter (where paints.role = 'fill' and paints.is_text), 0) as text_fills,
        coalesce(sum(paints.paints) filter (where paints.role = 'stroke'), 0) as strokes,
        0 as texts,
        {{ first_by('paints.sample_node_id', 'paints.sample_preorder') }} as sample_node_id
    from {{ ref('int_paints') }} as paints
    inner join {{ ref('int_files') }} as files
        on paints.file_key = files.file_key
    where
        files.is_design
        and not paints.has_style
        and not paints.has_variable
        and not paints.is_in_library
    group by
        paints.file_key,
        paints.color
    union all
    select
        texts.file_key,
        'font' as kind,
        {{ font('texts.font_family', 'texts.font_size', 'texts.font_weight') }} as value,
        cast(null as varchar) as color,
        texts.font_family,
        texts.font_size,
        texts.font_weight,
        sum(texts.texts) as occurrences,
        0 as fills,
        0 as text_fills,
        0 as strokes,
        sum(texts.texts) as texts,
        {{ first_by('texts.sample_node_id', 'texts.sample_preorder') }} as sample_node_id
    from {{ ref('int_texts') }} as texts
    inner join {{ ref('int_files') }} as files
        on texts.file_key = files.file_key
    where
        files.is_design
        and not texts.has_style
        and not texts.has_variable
        and not texts.is_in_library
    group by
        texts.file_key,
        texts.font_family,
        texts.font_size,
        texts.font_weight
),

looked_for as (
    select
        hardcoded.kind,
        hardcoded.value,
        hardcoded.color,
        hardcoded.font_family,
        hardcoded.font_size,
        hardcoded.font_weight,
        case
            when hardcoded.kind = 'font' then 'font'
            when sum(hardcoded.strokes) > sum(hardcoded.fills) then 'stroke'
            when 2 * sum(hardcoded.text_fills) > sum(hardcoded.fills) then 'text'
            else 'fill'
        end as role
    from hardcoded
    group by
        hardcoded.kind,
        hardcoded.value,
        hardcoded.color,
        hardcoded.font_family,
        hardcoded.font_size,
        hardcoded.font_weight
),

pairs as (
    select
        looked_for.kind,
        looked_for.value,
        looked_for.role,
        palette.value as nearest_value,
        {{ color_distance('colors', 'offered') }} as distance
    from looked_for
    inner join {{ ref('int_colors') }} as colors
        on looked_for.color = colors.color
    inner join {{ ref('int_palette') }} as palette
        on looked_for.role = palette.role
    inner join {{ ref('int_colors') }} as offered
        on palette.color = offered.color
    union all
    select
        looked_for.kind,
        looked_for.value,
        looked_for.role,
        palette.value as nearest_value,
        abs(coalesce(looked_for.font_size - palette.font_size, 0))
        + abs(coalesce(looked_for.font_weight - palette.font_weight, 0)) / 100 as distance
    from looked_for
    inner join {{ ref('int_palette') }} as palette
        on
            looked_for.role = palette.role
            and looked_for.font_family = palette.font_family
),

ranked as (
    select
        pairs.kind,
        pairs.value,
        pairs.nearest_value,
        pairs.distance,
        palette.kind as nearest_kind,
        palette.key as nearest_key,
        palette.name as nearest_name,
        palette.candidates,
        palette.candidate_names,
        row_number() over (
            partition by
                pairs.kind,
                pairs.value
            order by
                pairs.distance asc,
                palette.role_uses desc,
                palette.name asc,
                palette.key asc
        ) as choice
    from pairs
    inner join {{ ref('int_palette') }} as palette
        on
            pairs.nearest_value = palette.value
            and pairs.role = palette.role
)

select
    hardcoded.file_key,
    hardcoded.kind,
    hardcoded.value,
    hardcoded.color,
    hardcoded.font_family,
    hardcoded.font_size,
    hardcoded.font_weight,
    files.file_name,
    files.folder_id,
    files.team_id,
    cast(hardcoded.occurrences as bigint) as occurrences,
    cast(hardcoded.fills as bigint) as fills,
    cast(hardcoded.strokes as bigint) as strokes,
    cast(hardcoded.texts as bigint) as texts,
    nearest.nearest_kind,
    nearest.nearest_key,
    nearest.nearest_name,
    nearest.nearest_value,
    coalesce(nearest.candidates, 0) as nearest_candidates,
    nearest.candidate_names as nearest_candidate_names,
    nearest.distance,
    coalesce(nearest.nearest_value = hardcoded.value, false) as is_exact,
    case
        when nearest.nearest_value = hardcoded.value then 'exact'
        when nearest.nearest_key is null then 'none'
        when hardcoded.kind = 'color' and nearest.distance < 0.02 then 'looks the same'
        when hardcoded.kind = 'color' and nearest.distance > 0.1 then 'far'
        else 'near'
    end as fit,
    {{ figma_url('hardcoded.file_key', 'hardcoded.sample_node_id') }} as sample_url
from hardcoded
inner join {{ ref('int_files') }} as files
    on hardcoded.file_key = files.file_key
left join ranked as nearest
    on
        hardcoded.kind = nearest.kind
        and hardcoded.value = nearest.value
        and nearest.choice = 1
