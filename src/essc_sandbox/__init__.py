"""Counterparts of essc for demonstrations and tests: they speak the published wire and share no code with it."""
