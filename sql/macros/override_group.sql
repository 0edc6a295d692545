{# the group of a field that an instance overrides #}

{% macro override_group(field) -%}
    case
        when {{ field }} in ({{ quoted_list(text_fields()) }}) then 'text'
        when {{ field }} in ('background', 'backgroundColor', 'fillOverrideTable', 'fills', 'inheritFillStyleId')
            then 'fill'
        when {{ field }} in ({{ quoted_list(size_fields()) }}) then 'size'
        when {{ field }} = 'visible' then 'visibility'
        when {{ field }} = 'componentId' then 'swap'
        else 'other'
    end
{%- endmacro %}

{% macro text_fields() %}
    {% do return([
        'characters', 'characterStyleOverrides', 'fontFamily', 'fontPostScriptName', 'fontSize', 'fontStyle',
        'fontWeight', 'hyperlink', 'inheritTextStyleId', 'italic', 'letterSpacing', 'lineHeightPercent',
        'lineHeightPercentFontSize', 'lineHeightPx', 'lineHeightUnit', 'lineIndentations', 'lineTypes', 'listSpacing',
        'maxLines', 'opentypeFlags', 'paragraphIndent', 'paragraphSpacing', 'styleOverrideTable', 'text',
        'textAlignHorizontal', 'textAlignVertical', 'textAutoResize', 'textCase', 'textDecoration',
        'textDecorationSkipInk', 'textTruncation'
    ]) %}
{% endmacro %}

{% macro size_fields() %}
    {% do return([
        'counterAxisSizingMode', 'height', 'layoutAlign', 'layoutGrow', 'layoutSizingHorizontal',
        'layoutSizingVertical', 'maxHeight', 'maxWidth', 'minHeight', 'minWidth', 'primaryAxisSizingMode', 'size',
        'width'
    ]) %}
{% endmacro %}

{% macro quoted_list(texts) -%}
    '{{ texts | join("', '") }}'
{%- endmacro %}
