with colors as (
    select paints.color
    from {{ ref('int_paints') }} as paints
    where
        not paints.has_style
        and not paints.has_variable
        and not paints.is_in_library
    union distinct
    select palette.color
    from {{ ref('int_palette') }} as palette
    where palette.color is not null
),

channels as (
    select
        colors.color,
        cast({{ channel('colors.color', 2) }} as double precision) / 255 as red,
        cast({{ channel('colors.color', 4) }} as double precision) / 255 as green,
        cast({{ channel('colors.color', 6) }} as double precision) / 255 as blue,
        cast({{ channel('colors.color', 8) }} as double precision) / 255 as alpha
    from colors
),

lit as (
    select
        channels.color,
        channels.alpha,
        {{ linear_light('channels.red') }} as red,
        {{ linear_light('channels.green') }} as green,
        {{ linear_light('channels.blue') }} as blue
    from channels
),

seen as (
    select
        lit.color,
        lit.alpha,
        {{ long_cone('lit.red', 'lit.green', 'lit.blue') }} as long_cone,
        {{ medium_cone('lit.red', 'lit.green', 'lit.blue') }} as medium_cone,
        {{ short_cone('lit.red', 'lit.green', 'lit.blue') }} as short_cone
    from lit
)

select
    seen.color,
    {{ oklab_lightness('seen.long_cone', 'seen.medium_cone', 'seen.short_cone') }} as lightness,
    {{ oklab_green_red('seen.long_cone', 'seen.medium_cone', 'seen.short_cone') }} as green_red,
    {{ oklab_blue_yellow('seen.long_cone', 'seen.medium_cone', 'seen.short_cone') }} as blue_yellow,
    seen.alpha
from seen
