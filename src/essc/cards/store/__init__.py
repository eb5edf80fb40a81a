"""All SQL on cards.*: the cards and their moves, the feed, the files."""
