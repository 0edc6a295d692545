"""Messages to people: their content, their formats, and the only place that sends them."""
