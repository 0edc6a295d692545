{# selects the rows for which `condition` is false; unknown holds #}

{% test holds(model, condition) %}
    select *
    from {{ model }}
    where not ({{ condition }})
{% endtest %}
