"""What the sandbox answers over HTTP: routes, limits, faults."""
