"""A message gateway, invented: it keeps what it was given and shows it on a page."""
