"""What the log writes: rows (the only SQL on audit.*) and files (tiles and checkpoints)."""
