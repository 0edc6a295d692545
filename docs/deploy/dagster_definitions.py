"""Figma every night, in Dagster: an asset per raw table and per model, with their lineage and their freshness.

dagster-dlt and dagster-dbt describe the assets. The job itself fills them, so that its lock, its budget of requests and
the atomic publication hold here as well.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from graphlib import TopologicalSorter
from pathlib import Path

import dlt
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Definitions,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    RetryRequested,
    ScheduleDefinition,
    define_asset_job,
    multi_asset,
)
from dagster_dbt import build_dbt_asset_specs
from dagster_dlt import DagsterDltTranslator, build_dlt_asset_specs
from dagster_dlt.translator import DltResourceTranslatorData

from figma_warehouse import figma
from figma_warehouse.bundled import bundled

# Dagster and the warehouse share this environment
COMMAND = os.environ.get("FIGMA_WAREHOUSE", str(Path(sys.executable).with_name("figma-warehouse")))
FOLDER = os.environ.get("FIGMA_WAREHOUSE_FOLDER", "/srv/figma-warehouse")
RETRY_SECONDS = float(os.environ.get("FIGMA_WAREHOUSE_RETRY_SECONDS", "3600"))
SETTINGS, PARTIAL, LISTING_FAILED = 2, 3, 4
SAID = {
    SETTINGS: "wrong settings, or another run is active",
    PARTIAL: "something was skipped or deferred",
    LISTING_FAILED: "a listing failed: figures may be of the past",
}
NAMES_ONLY = "figd_for_names_only"
RUNS = AssetKey(["figma", "runs"])
FRESH = FreshnessPolicy.time_window(fail_window=timedelta(hours=54), warn_window=timedelta(hours=30))


class RawTables(DagsterDltTranslator):
    """Gives a raw table the key that dbt's sources have."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        """Return the asset `figma/<table>`, without a dependency outside."""
        described = super().get_asset_spec(data)
        return described.replace_attributes(key=AssetKey(["figma", str(data.resource.table_name)]), deps=[])


def raw_tables() -> list[AssetSpec]:
    """Return an asset for each raw table, whatever settings fill it. No request is sent."""
    extras = {"assets": tempfile.mkdtemp(), "image_fills": True, "key_lookups": True, "library_analytics": True}
    source = figma(NAMES_ONLY, files=["KEYKEYKEYKEYKEYKEYKEYK"], **extras)
    pipeline = dlt.pipeline("figma_names", destination="duckdb", pipelines_dir=tempfile.mkdtemp())
    # several resources add rows to one table
    specs = {spec.key: spec for spec in build_dlt_asset_specs(source, pipeline, RawTables())}
    return [*specs.values(), AssetSpec(RUNS)]


def models() -> list[AssetSpec]:
    """Return an asset for each model of the dbt project. Parsing it takes some seconds."""
    target = tempfile.mkdtemp()
    folders = ["--project-dir", bundled("sql"), "--profiles-dir", bundled("sql"), "--target-path", target]
    dbt = [Path(sys.executable).with_name("dbt"), "--quiet", "--log-path", target, "parse", *folders]
    subprocess.run(dbt, check=True)
    return list(build_dbt_asset_specs(manifest=Path(target, "manifest.json")))


def figma_warehouse(context: AssetExecutionContext, *arguments: str) -> int:
    """Return 0, 3 or 4. 1 asks for a retry, and 2 fails without one."""
    done = subprocess.run([COMMAND, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    context.log.info("%s", done.stdout + done.stderr)
    if done.returncode == SETTINGS:
        raise Failure(f"2: {SAID[SETTINGS]}", allow_retries=False)
    if done.returncode not in (0, PARTIAL, LISTING_FAILED):
        raise RetryRequested(max_retries=2, seconds_to_wait=RETRY_SECONDS)
    return done.returncode


def with_freshness(specs: list[AssetSpec]) -> list[AssetSpec]:
    """Let Dagster warn if an asset was not filled for 30 hours, and fail its freshness after two more nights."""
    return [spec.replace_attributes(freshness_policy=FRESH) for spec in specs]


@multi_asset(specs=with_freshness(raw_tables()), check_specs=[AssetCheckSpec("complete", asset=RUNS)])
def load(context: AssetExecutionContext) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Load what changed. The check `complete` of figma/runs warns for 3 and is an error for 4."""
    code = figma_warehouse(context, "load", "--log-format", "json")
    for key in context.selected_asset_keys:
        yield MaterializeResult(asset_key=key)
    severity = AssetCheckSeverity.WARN if code == PARTIAL else AssetCheckSeverity.ERROR
    said = f"{code}: {SAID.get(code, 'everything is done')}"
    yield AssetCheckResult(
        passed=code == 0, check_name="complete", asset_key=RUNS, severity=severity, metadata={"exit_code": said}
    )


MODELS = models()


@multi_asset(specs=with_freshness(MODELS))
def build_and_publish(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
    """Build and test the models, and publish them."""
    figma_warehouse(context, "transform")
    figma_warehouse(context, "publish")
    # Dagster wants what a model reads before the model
    order = TopologicalSorter({spec.key: [dep.asset_key for dep in spec.deps] for spec in MODELS}).static_order()
    yield from (MaterializeResult(asset_key=key) for key in order if key in context.selected_asset_keys)


nightly = define_asset_job("figma_warehouse_nightly", selection="*")
defs = Definitions(
    assets=[load, build_and_publish],
    schedules=[ScheduleDefinition(job=nightly, cron_schedule="0 3 * * *", execution_timezone="Etc/UTC")],
)
