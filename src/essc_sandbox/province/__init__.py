"""A province's card office, invented: it keeps the cards, their photos and their state, and tells the platform about every move."""
