"""The counter of a service organisation: a client of the public API that runs in a browser."""
