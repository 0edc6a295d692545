"""Five years of weekly history added to the large sample organisation, for models that are rebuilt whole."""

import duckdb

from figma_warehouse.data_dir import DataDir

YEARS = 5
WEEKS = 52 * YEARS
SAVES_A_WEEK = 10
EVENTS_A_WEEK = 4_000

# the loaded state of each file, repeated for every week before, as if it had been edited and loaded weekly
STATES = """
insert into figma.{table} by name
select
    stored.* replace (
        stored.version || '-' || weeks.week as version,
        stored.last_modified_at - to_days(7 * weeks.week) as last_modified_at
    )
from figma.{table} as stored, range(1, {weeks}) as weeks (week)
"""
SAVES = """
insert into figma.file_versions by name
select
    documents.file_key,
    documents.version || '-' || weeks.week || '-' || saves.save as version_id,
    documents.last_modified_at - to_days(7 * weeks.week) - to_hours(3 * saves.save) as created_at,
    'editor ' || saves.save % 3 as user_id
from figma.documents, range(1, {weeks}) as weeks (week), range({saves}) as saves (save)
"""
EVENTS = """
insert into figma.instance_events by name
select
    nodes.file_key,
    documents.version || '-' || weeks.week as to_version,
    documents.last_modified_at - to_days(7 * weeks.week) as to_last_modified_at,
    nodes.node_id,
    case nodes.preorder % 3 when 0 then 'insertion' when 1 then 'removal' else 'detachment' end as event,
    case when nodes.preorder % 3 > 0 then nodes.component_key end as component_key_before,
    case when nodes.preorder % 3 = 0 then nodes.component_key end as component_key_after,
    false as is_nested,
    false as is_in_definition,
    1.0 as confidence
from
    (
        select * from (select * from figma.nodes where type = 'INSTANCE')
        using sample reservoir({events} rows) repeatable (7)
    ) as nodes
    inner join figma.documents using (file_key),
    range(1, {weeks}) as weeks (week)
"""


def add_history(data: DataDir) -> str:
    """Add weekly states, saves and events of five years to a loaded warehouse. Returns their numbers in words."""
    queries = [STATES.format(table=table, weeks=WEEKS) for table in ("file_snapshots", "snapshot_components")]
    queries += [SAVES.format(weeks=WEEKS, saves=SAVES_A_WEEK), EVENTS.format(weeks=WEEKS, events=EVENTS_A_WEEK)]
    with duckdb.connect(str(data.build)) as connection:
        for query in queries:
            connection.execute(query)
        tables = ("file_snapshots", "snapshot_components", "file_versions", "instance_events")
        counted = {table: connection.sql(f"from figma.{table}").shape[0] for table in tables}
    return ", ".join(f"{rows:,} rows of {table}" for table, rows in counted.items())
