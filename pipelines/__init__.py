"""Load an organisation's Figma files into a DuckDB warehouse, and answer with SQL models and notebooks."""
