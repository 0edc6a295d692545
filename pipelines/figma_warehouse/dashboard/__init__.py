"""The dashboards: server, static pages, and what the notebooks share."""
