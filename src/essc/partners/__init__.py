"""What is outside the house: one Protocol and one HTTP client each. Only `jobs` and `calls` of rooms talk to them."""
