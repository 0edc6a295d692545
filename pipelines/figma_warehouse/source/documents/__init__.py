"""Documents: fetched, flattened, compared, archived."""
