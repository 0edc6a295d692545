-- what the queries of the pages share; the connection to the published file defines these macros

-- the filters: null stands for all
create temp macro is_selected(team_id, folder_id, team, folders) as
    (team is null or team_id = team) and (folders is null or list_contains(folders::varchar[], folder_id));
create temp macro is_or_all(actual, wanted) as wanted is null or actual = wanted;
create temp macro is_since(day, since) as since is null or day >= since::date;
create temp macro matches(words, search) as contains(lower(words), lower(search));

-- an instance in the library that publishes its component is no use of it
create temp macro is_use(usages, is_at_home) as usages > 0 and not is_at_home;

create temp macro component_title(component_set_name, component_name) as
    nullif(concat_ws(' · ', component_set_name, component_name), '');
-- a set stands for its variants
create temp macro set_or_component_title(component_set_key, component_set_name, component_name, component_key) as
    case
        when component_set_key is null then coalesce(component_name, component_key)
        else coalesce(component_set_name, component_name, component_set_key)
    end;
create temp macro library_title(file_name) as coalesce(file_name, 'No longer listed');
create temp macro certainty(is_conclusive) as case when is_conclusive then 'Certain' else 'Inconclusive' end;
create temp macro yes_no(flag) as case when flag then 'Yes' else 'No' end;
create temp macro shadow_match(match_kind) as
    case match_kind when 'both' then 'Name and layers' when 'name' then 'Name' else 'Layers' end;
create temp macro state_of_use(is_used, is_conclusive) as
    case when is_used then 'In use' when is_conclusive then 'Never used' else 'Perhaps never used' end;

create temp macro file_url(file_key) as 'https://www.figma.com/design/' || file_key;
create temp macro node_url(file_key, node_id) as file_url(file_key) || '?node-id=' || replace(node_id, ':', '-');

-- the one of two amounts that a page ranks by
create temp macro ranked(measure, placements, usages) as case when measure = 'usages' then usages else placements end;
create temp macro sentence_case(words) as upper(left(words, 1)) || substr(words, 2);

-- a value that is set by hand, and its kind, as people read them
create temp macro value_text(kind, value) as
    case
        when kind in ('radius', 'spacing', 'stroke_weight') then value || ' px'
        when kind = 'effect' then sentence_case(lower(replace(value, '_', ' ')))
        else value
    end;
create temp macro value_kind(kind) as
    case kind when 'color' then 'Colour' else sentence_case(replace(kind, '_', ' ')) end;
