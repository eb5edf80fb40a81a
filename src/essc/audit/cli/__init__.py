"""`essc audit`: `commands` with the database, `reader` without. Nothing is imported here, so that the reader stays alone."""
