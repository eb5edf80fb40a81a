"""The developer portal: who builds an app on the platform finds documents, keys, invented people and the log of their calls."""
