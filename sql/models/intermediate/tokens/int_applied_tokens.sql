{{ config(materialized='incremental', pre_hook='{{ leave_out_stale_files() }}') }}

{# by slot kind, the properties of Tokens Studio that give it #}
{% set properties = {
    'fill': ['fill'],
    'stroke': ['border', 'borderTop', 'borderRight', 'borderBottom', 'borderLeft', 'borderColor'],
    'text': [
        'typography', 'fontFamilies', 'fontWeights', 'fontSizes', 'lineHeights', 'letterSpacing', 'paragraphSpacing',
        'paragraphIndent', 'textCase', 'textDecoration',
    ],
    'radius': [
        'borderRadius', 'borderRadiusTopLeft', 'borderRadiusTopRight', 'borderRadiusBottomLeft',
        'borderRadiusBottomRight',
    ],
    'spacing': [
        'spacing', 'horizontalPadding', 'verticalPadding', 'paddingTop', 'paddingRight', 'paddingBottom',
        'paddingLeft', 'itemSpacing', 'counterAxisSpacing',
    ],
    'stroke_weight': ['borderWidth', 'borderWidthTop', 'borderWidthRight', 'borderWidthBottom', 'borderWidthLeft'],
    'effect': ['boxShadow', 'backgroundBlur'],
    'opacity': ['opacity'],
    'size': ['sizing', 'width', 'height', 'dimension', 'minWidth', 'maxWidth', 'minHeight', 'maxHeight'],
    'visibility': ['visibility'],
    'characters': ['text'],
    'other': ['composition', 'number', 'asset'],
} %}

-- Tokens Studio writes the names of applied tokens to nodes, each under the property that it gives and between quotes.
-- What it writes to the document itself are its settings. A token is known by its name only, the same in all files
with named as (
    select
        plugin_data.file_key,
        plugin_data.node_id,
        plugin_data.entry_key as bound_property,
        trim(replace(plugin_data.entry_value, '"', '')) as token_name,
        case
            {% for kind, names in properties.items() %}
                {% for name in names %}
                    when plugin_data.entry_key = '{{ name }}' then '{{ kind }}'
                {% endfor %}
            {% endfor %}
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
