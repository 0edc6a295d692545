{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

-- Tokens Studio writes the names of applied tokens to nodes, each under the property that it gives and between quotes.
-- What it writes to the document itself are its settings. A token is known by its name only, the same in all files
with named as (
    select
        plugin_data.file_key,
        plugin_data.node_id,
        plugin_data.entry_key as bound_property,
        trim(replace(plugin_data.entry_value, '"', '')) as token_name,
        case
            when plugin_data.entry_key = 'fill' then 'fill'
            when plugin_data.entry_key in ('border', 'borderTop', 'borderRight') then 'stroke'
            when plugin_data.entry_key in ('borderBottom', 'borderLeft', 'borderColor') then 'stroke'
            when plugin_data.entry_key in ('typography', 'fontFamilies', 'fontWeights') then 'text'
            when plugin_data.entry_key in ('fontSizes', 'lineHeights') then 'text'
            when plugin_data.entry_key in ('letterSpacing', 'paragraphSpacing') then 'text'
            when plugin_data.entry_key in ('paragraphIndent', 'textCase', 'textDecoration') then 'text'
            when plugin_data.entry_key in ('borderRadius', 'borderRadiusTopLeft') then 'radius'
            when plugin_data.entry_key in ('borderRadiusTopRight', 'borderRadiusBottomLeft') then 'radius'
            when plugin_data.entry_key = 'borderRadiusBottomRight' then 'radius'
            when plugin_data.entry_key in ('spacing', 'horizontalPadding', 'verticalPadding') then 'spacing'
            when plugin_data.entry_key in ('paddingTop', 'paddingRight') then 'spacing'
            when plugin_data.entry_key in ('paddingBottom', 'paddingLeft', 'itemSpacing') then 'spacing'
            when plugin_data.entry_key = 'counterAxisSpacing' then 'spacing'
            when plugin_data.entry_key in ('borderWidth', 'borderWidthTop') then 'stroke_weight'
            when plugin_data.entry_key in ('borderWidthRight', 'borderWidthBottom') then 'stroke_weight'
            when plugin_data.entry_key = 'borderWidthLeft' then 'stroke_weight'
            when plugin_data.entry_key in ('boxShadow', 'backgroundBlur') then 'effect'
            when plugin_data.entry_key = 'opacity' then 'opacity'
            when plugin_data.entry_key in ('sizing', 'width', 'height', 'dimension') then 'size'
            when plugin_data.entry_key in ('minWidth', 'maxWidth', 'minHeight') then 'size'
            when plugin_data.entry_key = 'maxHeight' then 'size'
            when plugin_data.entry_key = 'visibility' then 'visibility'
            when plugin_data.entry_key = 'text' then 'characters'
            when plugin_data.entry_key in ('composition', 'number', 'asset') then 'other'
        end as slot_kind
    from {{ ref('stg_node_plugin_data') }} as plugin_data
    inner join {{ ref('int_stale_files') }} as files
        on plugin_data.file_key = files.file_key
    where
        plugin_data.namespace = 'tokens'
        and not files.is_branch
),

bound as (
    select
        named.file_key,
        named.node_id,
        named.token_name,
        named.slot_kind,
        named.bound_property
    from named
    where
        named.slot_kind is not null
        and named.token_name not in ('', 'none', 'delete')
)

select
    bound.file_key,
    bound.token_name,
    bound.slot_kind,
    {{ binding_counts('bound', 'nodes') }}
from bound
inner join {{ ref('stg_nodes') }} as nodes
    on
        bound.file_key = nodes.file_key
        and bound.node_id = nodes.node_id
where nodes.node_type <> 'DOCUMENT'
group by
    bound.file_key,
    bound.token_name,
    bound.slot_kind
