"""A phone's authenticator app, invented: it shows the one-time codes of the members of staff that a demonstration has."""
