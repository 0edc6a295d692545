{# selects what is not one row per combination of `columns`; with `nullable`, a null is a value like any other #}

{% test grain(model, columns, nullable=false) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% if not nullable %}
            {% for column in columns %}
                or {{ column }} is null
            {% endfor %}
        {% endif %}
{% endtest %}
