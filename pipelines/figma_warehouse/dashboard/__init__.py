"""The dashboards: the server, the exported pages, and what the notebooks share."""
