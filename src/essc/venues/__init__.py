"""Venues: organisations that read the card, their terminals, and the scenes a terminal may use."""
