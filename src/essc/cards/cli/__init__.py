"""`essc cards …`: the commands stand in `commands`; this file stays empty because the preparing processes import it."""
