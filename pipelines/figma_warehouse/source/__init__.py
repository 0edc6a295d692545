"""The dlt source `figma`. It knows no DuckDB, no SQL text and nothing of the job."""
