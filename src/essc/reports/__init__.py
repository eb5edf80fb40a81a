"""Room reports: figures of what happened, added up from facts."""
