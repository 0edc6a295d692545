{# what a run does around the models, so that a reader who opens the database finds the answers and what they mean #}

{# earlier versions had the intermediate models in the schema of the staging views #}
{% macro drop_moved_models() %}
    {% if execute and target.type == 'duckdb' %}
        {% set moved %}
            select case when table_type = 'VIEW' then 'view' else 'table' end, table_name
            from information_schema.tables
            where table_schema = 'staging' and starts_with(table_name, 'int_')
        {% endset %}
        {% for row in run_query(moved).rows %}
            {% do run_query('drop ' ~ row[0] ~ ' staging."' ~ row[1] ~ '"') %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{# `show tables` lists the schema main: a view per mart, with the descriptions of the mart #}
{% macro show_answers(results) %}
    {% if execute and target.type == 'duckdb' %}
        {% set statements = [] %}
        {% for model in results | selectattr('status', 'equalto', 'success') | map(attribute='node')
            if model.resource_type == 'model' and model.schema == 'marts' %}
            {% set view = 'main."' ~ model.name ~ '"' %}
            {% do statements.append('create or replace view ' ~ view ~ ' as from marts."' ~ model.name ~ '"') %}
            {% do statements.append('comment on view ' ~ view ~ ' is ' ~ quoted(model.description)) %}
            {% for column in model.columns.values() %}
                {% do statements.append(
                    'comment on column ' ~ view ~ '."' ~ column.name ~ '" is ' ~ quoted(column.description)
                ) %}
            {% endfor %}
        {% endfor %}
        {% if statements %}{% do run_query(statements | join(';\n')) %}{% endif %}
    {% endif %}
{% endmacro %}

{# the names that columns had in version 0.1: a query that has them reads `version_0_1` instead of `marts` #}
{% macro show_earlier_names(results) %}
    {% set renamed = {
        'component_reach': 'published_at as created_at',
        'component_set_reach': 'published_at as created_at',
        'library_changes': 'figma_url as url',
        'orphaned_styles': 'files_using as files, style_references as "references"',
        'shadow_styles': 'style_references as "references"',
        'style_usage': 'style_references as "references"',
        'usage_history': 'files_with_usages as files',
    } %}
    {% if execute and target.type == 'duckdb' %}
        {% set statements = ['create schema if not exists version_0_1'] %}
        {% for name in results | selectattr('status', 'equalto', 'success') | map(attribute='node.name')
            if name in renamed %}
            {% do statements.append(
                'create or replace view version_0_1."' ~ name ~ '" as select * rename (' ~ renamed[name] ~ ') from marts."'
                ~ name ~ '"'
            ) %}
        {% endfor %}
        {% do run_query(statements | join(';\n')) %}
    {% endif %}
{% endmacro %}

{# a staging view has the columns of its raw table; a column that keeps its name keeps its comment #}
{% macro inherit_comments() %}
    {% if execute and target.type == 'duckdb' %}
        {% set inherited %}
            select views.table_name, views.column_name, raw.comment
            from duckdb_columns() as views
            inner join duckdb_columns() as raw
                on views.table_name = 'stg_' || raw.table_name and views.column_name = raw.column_name
            where
                views.schema_name = 'staging'
                and raw.schema_name = 'figma'
                and views.comment is null
                and raw.comment is not null
        {% endset %}
        {% set statements = [] %}
        {% for row in run_query(inherited).rows %}
            {% do statements.append(
                'comment on column staging."' ~ row[0] ~ '"."' ~ row[1] ~ '" is ' ~ quoted(row[2])
            ) %}
        {% endfor %}
        {% if statements %}{% do run_query(statements | join(';\n')) %}{% endif %}
    {% endif %}
{% endmacro %}

{% macro quoted(text) -%}
    '{{ (text | trim).replace("'", "''") }}'
{%- endmacro %}
