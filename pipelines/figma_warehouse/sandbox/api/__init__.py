"""The API over HTTP: what each endpoint answers, and the rate limits, faults and tokens of the server."""
