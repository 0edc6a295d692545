"""The findings of the mart `attention` over time, and the alerts: one when a finding begins, one when it ends.

The table `internal.findings` remembers when each finding began and ended, and what was told of it. It is written before
the build file is copied to the published one, so that a build file that is restored from there tells nothing again.
"""

from datetime import UTC, datetime
from typing import Any

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.build_file import open_build
from figma_warehouse.logs import LOG
from figma_warehouse.messages.delivery import NotSent, send_message
from figma_warehouse.messages.message import Message, MessageLine, MessageSection
from figma_warehouse.messages.message_settings import Recipients, alert_thresholds, read_recipients

MOST_LINES = 20
KEY = ("kind", "subject_type", "subject_key", "file_key")
CREATE = """
create schema if not exists internal;
create table if not exists internal.findings (
    kind varchar not null,
    subject_type varchar not null,
    subject_key varchar not null,
    file_key varchar not null,
    began_at timestamp with time zone not null,
    is_from_first_run boolean not null,
    sentence varchar not null,
    sample_url varchar not null,
    figure double,
    ended_at timestamp with time zone,
    begin_told_at timestamp with time zone,
    end_told_at timestamp with time zone
);
comment on table internal.findings is
    'One row per finding of the mart attention and time it began: when it ended, and when alerts told of both';
"""
COMMENTS = {
    "kind": "Kind of the finding, as in the mart attention",
    "subject_type": "What it is about: file, component, component_set or style",
    "subject_key": "Key of that",
    "file_key": "Key of the file to open",
    "began_at": "Time of the run that first had the finding, UTC",
    "is_from_first_run": "True if it was there when findings were first recorded, so that it may have begun earlier",
    "sentence": "The finding in words, as of the last run that had it",
    "sample_url": "Address that shows it",
    "figure": "Figure of the finding, as of the last run that had it",
    "ended_at": "Time of the first run without it, UTC; null while it lasts",
    "begin_told_at": "Time at which an alert about it was sent, UTC; null if none was",
    "end_told_at": "Time at which an alert about its end was sent, UTC; null if none was",
}
SAME = " and ".join(f"findings.{column} = attention.{column}" for column in KEY)
END = f"""
update internal.findings as findings
set ended_at = $now
where
    findings.ended_at is null
    and not exists (select 1 from marts.attention as attention where {SAME})
"""  # noqa: S608  # names of ours
REFRESH = f"""
update internal.findings as findings
set sentence = attention.sentence, sample_url = attention.sample_url, figure = attention.figure
from marts.attention as attention
where
    findings.ended_at is null
    and {SAME}
"""  # noqa: S608  # names of ours
BEGIN = f"""
insert into internal.findings by name
select
    {", ".join(f"attention.{column}" for column in KEY)},
    $now as began_at,
    not exists (select 1 from internal.findings) as is_from_first_run,
    attention.sentence,
    attention.sample_url,
    attention.figure
from marts.attention as attention
where not exists (select 1 from internal.findings as findings where findings.ended_at is null and {SAME})
"""  # noqa: S608  # names of ours
COLUMNS = ", ".join(f"findings.{column}" for column in (*KEY, "began_at", "sentence", "sample_url"))
# what is compared with the threshold: of a file that grew or shrank, the change
MEASURE = """
    coalesce(
        case
            when findings.kind in ('grown_file', 'shrunk_file')
                then abs(attention.figure - attention.figure_before)
            else attention.figure
        end,
        0
    )
"""
BEGUN = f"""
select {COLUMNS}
from internal.findings as findings
inner join marts.attention as attention on {SAME}
inner join (select unnest($kinds) as kind, unnest($least) as least) as alerts on findings.kind = alerts.kind
where
    findings.ended_at is null
    and findings.begin_told_at is null
    and {MEASURE} >= alerts.least
order by list_position(['high', 'medium', 'low'], attention.severity), findings.kind, findings.sentence,
    findings.subject_key, findings.file_key
"""  # noqa: S608  # names of ours
ENDED = f"""
select {COLUMNS}
from internal.findings as findings
where
    findings.ended_at is not null
    and findings.begin_told_at is not null
    and findings.end_told_at is null
    and list_contains($kinds, findings.kind)
order by findings.kind, findings.sentence, findings.subject_key, findings.file_key
"""  # noqa: S608  # names of ours

Row = dict[str, Any]


def record_findings(data: DataDir, *, has_alerts: bool = True) -> None:
    """Record in the build file which findings began and ended with the models of this run, and send the alerts.

    Without `has_alerts`, nothing is sent.

    Call it with the lock held. A message that cannot be sent is a warning, and the next run sends it.
    """
    with open_build(data) as connection:
        _record(connection, datetime.now(UTC))
        kinds = alert_thresholds() if has_alerts else {}
        recipients = read_recipients() if kinds else None
        if kinds and recipients is None:
            LOG.warning("[alerts] names kinds of findings, and neither webhook nor mail_to under [messages] is set")
        begun, ended = _untold(connection, kinds) if recipients else ([], [])
    # the build file is closed meanwhile, so that a status can read it
    if recipients and (begun or ended) and _send(begun, ended, recipients):
        with open_build(data) as connection:
            _mark_told(connection, "begin_told_at", begun)
            _mark_told(connection, "end_told_at", ended)


def _record(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    connection.execute(CREATE)
    for column, meaning in COMMENTS.items():
        connection.execute(f"comment on column internal.findings.{column} is '{meaning}'")
    connection.execute("begin")
    connection.execute(END, {"now": now})
    connection.execute(REFRESH)
    connection.execute(BEGIN, {"now": now})
    connection.execute("commit")


def _untold(connection: duckdb.DuckDBPyConnection, kinds: dict[str, float]) -> tuple[list[Row], list[Row]]:
    """Return the findings whose beginning, and those whose end is not told yet."""
    begun = _rows(connection, BEGUN, kinds=list(kinds), least=list(kinds.values()))
    return begun, _rows(connection, ENDED, kinds=list(kinds))


def _send(begun: list[Row], ended: list[Row], recipients: Recipients) -> bool:
    try:
        send_message(alert_message(begun, ended), recipients)
    except NotSent as failure:
        LOG.warning("the next run sends the alerts of this one again: %s", failure)
        return False
    return True


def alert_message(begun: list[Row], ended: list[Row]) -> Message:
    """Return the message about findings that began and that ended."""
    parts = ((f"New: {len(begun):,}", begun), (f"Over: {len(ended):,}", ended))
    sections = tuple(MessageSection(heading, _lines(rows)) for heading, rows in parts if rows)
    return Message("Figma needs attention" if begun else "Figma: findings that are over", sections)


def _lines(rows: list[Row]) -> tuple[MessageLine, ...]:
    lines = [MessageLine(row["sentence"], row["sample_url"]) for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(MessageLine(f"And {len(rows) - MOST_LINES:,} more: figma-warehouse digest names the kinds."))
    return tuple(lines)


def _mark_told(connection: duckdb.DuckDBPyConnection, column: str, rows: list[Row]) -> None:
    same = " and ".join(f"{name} = ${name}" for name in (*KEY, "began_at"))
    for row in rows:
        chosen = {name: row[name] for name in (*KEY, "began_at")}
        connection.execute(
            f"update internal.findings set {column} = $now where {same}",  # noqa: S608  # names of ours
            {"now": datetime.now(UTC)} | chosen,
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **parameters: Any) -> list[Row]:
    result = connection.execute(query, parameters)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
