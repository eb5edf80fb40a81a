"""Messages to people, caused by events: fixed texts, no link, never a question for a password or a code."""
