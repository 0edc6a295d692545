{# selects the rows in which one of `columns` is null #}

{% test filled(model, columns) %}
    select *
    from {{ model }}
    where
        {% for column in columns %}
            {{ adapter.quote(column) }} is null
            {{ 'or' if not loop.last }}
        {% endfor %}
{% endtest %}
