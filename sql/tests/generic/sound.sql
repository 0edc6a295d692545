{#
    selects what breaks what is said of a model: there is one row per combination of `grain`, where a null is a value
    only if `nullable`; no column of `filled` is null; each condition of `holds` is true or unknown. Beside each row,
    as JSON, stands the first that it breaks. One test a model, since dbt takes longer for each than the database does
#}

{% test sound(model, grain=[], nullable=false, filled=[], holds=[]) %}
    {% set key = grain | join(', ') %}
    {% set broken = {} %}
    {% for column in filled + (grain if not nullable else []) %}
        {% do broken.update({column ~ ' is null': adapter.quote(column) ~ ' is null'}) %}
    {% endfor %}
    {% for condition in holds %}
        {% do broken.update({'not (' ~ condition ~ ')': 'not (' ~ condition ~ ')'}) %}
    {% endfor %}

    {% if grain %}
        select
            'more than one row per {{ key }}' as broken,
            cast(to_json(places) as varchar) as found
        from
            (
                select
                    {{ key }},
                    count(*) as row_count
                from {{ model }}
                group by {{ key }}
                having count(*) > 1
            ) as places
    {% endif %}
    {{ 'union all' if grain and broken }}
    {% if broken %}
        select
            case
                {% for said, condition in broken.items() %}
                    when {{ condition }} then {{ dbt.string_literal(dbt.escape_single_quotes(said)) }}
                {% endfor %}
            end as broken,
            cast(to_json(model_rows) as varchar) as found
        from {{ model }} as model_rows
        where {{ broken.values() | join(' or ') }}
    {% endif %}
{% endtest %}
