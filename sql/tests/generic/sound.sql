{#
    selects the rows that break the rules of a model. There is one row per combination of `grain`, whose columns are not
    null unless `nullable`; no column of `filled` is null; each condition of `holds` is true or unknown. Each selected
    row names the first rule that it breaks and shows itself as JSON. All rules of a model are one test, because dbt
    needs more time per test than the database. With `stale_files`, the rows of other files are not looked at: they were,
    when they were built
#}

{% test sound(model, grain=[], nullable=false, filled=[], holds=[], stale_files=false) %}
    {% set looked_at = stale_rows(model) if stale_files else model %}
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
                from {{ looked_at }} as places
                group by {{ key }}
                having count(*) > 1
            ) as places
    {% endif %}
    {{ 'union all' if grain and broken }}
    {% if broken %}
        select
            case
                {% for rule, condition in broken.items() %}
                    when {{ condition }} then {{ dbt.string_literal(dbt.escape_single_quotes(rule)) }}
                {% endfor %}
            end as broken,
            cast(to_json(model_rows) as varchar) as found
        from {{ looked_at }} as model_rows
        where {{ broken.values() | join(' or ') }}
    {% endif %}
{% endtest %}
