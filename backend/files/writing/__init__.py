"""Writing configuration items to files that others read: snapshots, NDJSON, CSV, Parquet, DuckDB."""
