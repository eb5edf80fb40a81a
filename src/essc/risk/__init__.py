"""What the house noted about channels, terminals and holders, and what was done about it."""
