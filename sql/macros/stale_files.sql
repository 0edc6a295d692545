{#
    models whose rows depend on one file each are built for the files of int_stale_files only, and keep the rows of the
    others. The table built_files says what they hold: the files, and what their rows were computed from. A file is
    taken out before the models change its rows and put back after all of them succeeded, so that a build that fails
    half-way leaves the file stale
#}

{% macro built_files() -%}
    internal.built_files
{%- endmacro %}

{# a hash of the definitions of the models, which a caller may set: rows of other definitions are stale #}

{% macro definitions() -%}
    {{ env_var('FIGMA_WAREHOUSE_DEFINITIONS', 'unknown') }}
{%- endmacro %}

{% macro make_built_files() %}
    create schema if not exists internal;
    create table if not exists {{ built_files() }} (file_key varchar, basis varchar, definitions varchar);
    {% if flags.FULL_REFRESH %}
        delete from {{ built_files() }};
    {% endif %}
{% endmacro %}

{# the rows of a relation whose files are stale #}

{% macro stale_rows(relation) -%}
    (
        select all_rows.*
        from {{ relation }} as all_rows
        inner join {{ ref('int_stale_files') }} as stale
            on all_rows.file_key = stale.file_key
    )
{%- endmacro %}

{# before the models are built: what they are about to change is not built #}

{% macro forget_stale_files() %}
    delete from {{ built_files() }} where file_key in (select stale.file_key from {{ this }} as stale)
{% endmacro %}

{# before a model is built: it leaves out the rows of files that change or are gone #}

{% macro leave_out_stale_files() %}
    {% if is_incremental() %}
        delete from {{ this }}
        where file_key in (select stale.file_key from internal.int_stale_files as stale)
    {% endif %}
{% endmacro %}

{#
    after the build: if all models that keep rows of files were built, they hold the stale files as they are now. A model
    without a full refresh keeps rows of weeks instead
#}

{% macro remember_built_files(results) %}
    {% if execute %}
        {% set kept = graph.nodes.values()
            | selectattr('resource_type', 'equalto', 'model')
            | selectattr('config.materialized', 'equalto', 'incremental')
            | rejectattr('config.full_refresh', 'false')
            | map(attribute='unique_id') | list %}
        {% set built = results
            | selectattr('status', 'equalto', 'success')
            | map(attribute='node.unique_id') | list %}
        {% if kept | reject('in', built) | list | length == 0 %}
            insert into {{ built_files() }}
            select stale.file_key, stale.basis, '{{ definitions() }}' as definitions
            from internal.int_stale_files as stale
            where stale.basis is not null;
        {% endif %}
    {% endif %}
{% endmacro %}
