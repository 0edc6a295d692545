-- the nearest is sought once a value, not once a layer. Colors are as far apart as in OKLab, with alpha as a fourth
-- axis, so that a translucent color is not taken for the opaque one. Fonts are compared within their family: a pixel of
-- size weighs as much as a hundred of weight. Boards of FigJam are no design and have no tokens: they are left out
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
        coalesce(sum(paints.paints) filter (where paints.role = 'stroke'), 0) as strokes,
        0 as texts,
        min(paints.sample_preorder) as sample_preorder
    from {{ ref('int_paints') }} as paints
    where
        not paints.has_style
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
        0 as strokes,
        sum(texts.texts) as texts,
        min(texts.sample_preorder) as sample_preorder
    from {{ ref('int_texts') }} as texts
    where
        not texts.has_style
        and not texts.is_in_library
    group by
        texts.file_key,
        texts.font_family,
        texts.font_size,
        texts.font_weight
),

color_pairs as (
    select
        colors.color as value,
        palette.color as nearest_value,
        palette.kind as nearest_kind,
        palette.key as nearest_key,
        palette.name as nearest_name,
        {{ color_distance('colors', 'offered') }} as distance
    from {{ ref('int_colors') }} as colors
    cross join {{ ref('int_palette') }} as palette
    inner join {{ ref('int_colors') }} as offered
        on palette.color = offered.color
),

fonts as (
    select distinct
        hardcoded.value,
        hardcoded.font_family,
        hardcoded.font_size,
        hardcoded.font_weight
    from hardcoded
    where hardcoded.kind = 'font'
),

font_pairs as (
    select
        fonts.value,
        style_values.style_value as nearest_value,
        'style' as nearest_kind,
        styles.style_key as nearest_key,
        styles.style_name as nearest_name,
        abs(coalesce(fonts.font_size - style_values.font_size, 0))
        + abs(coalesce(fonts.font_weight - style_values.font_weight, 0)) / 100 as distance
    from fonts
    inner join {{ ref('int_style_values') }} as style_values
        on fonts.font_family = style_values.font_family
    inner join {{ ref('int_styles') }} as styles
        on style_values.style_key = styles.style_key
    where styles.is_published
),

ranked as (
    select
        pairs.kind,
        pairs.value,
        pairs.nearest_value,
        pairs.nearest_kind,
        pairs.nearest_key,
        pairs.nearest_name,
        pairs.distance,
        row_number() over (
            partition by
                pairs.kind,
                pairs.value
            order by
                pairs.distance asc,
                pairs.nearest_name asc,
                pairs.nearest_key asc
        ) as choice
    from (
        select
            'color' as kind,
            color_pairs.value,
            color_pairs.nearest_value,
            color_pairs.nearest_kind,
            color_pairs.nearest_key,
            color_pairs.nearest_name,
            color_pairs.distance
        from color_pairs
        union all
        select
            'font' as kind,
            font_pairs.value,
            font_pairs.nearest_value,
            font_pairs.nearest_kind,
            font_pairs.nearest_key,
            font_pairs.nearest_name,
            font_pairs.distance
        from font_pairs
    ) as pairs
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
    nearest.distance,
    coalesce(nearest.nearest_value = hardcoded.value, false) as is_exact,
    {{ figma_url('hardcoded.file_key', 'samples.node_id') }} as sample_url
from hardcoded
inner join {{ ref('int_files') }} as files
    on hardcoded.file_key = files.file_key
inner join {{ ref('stg_nodes') }} as samples
    on
        hardcoded.file_key = samples.file_key
        and hardcoded.sample_preorder = samples.preorder
left join ranked as nearest
    on
        hardcoded.kind = nearest.kind
        and hardcoded.value = nearest.value
        and nearest.choice = 1
where files.is_design
