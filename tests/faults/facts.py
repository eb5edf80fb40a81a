"""Tables that hold facts: written once, never changed, never dropped by the application; each with a column that a forger would change."""

FACTS = {
    "audit.leaf": "event_id", "audit.node": "hash", "audit.checkpoint": "note", "audit.alarm": "what", "kit.event": "body",
    "records.use": "verdict", "records.dispute": "use_id", "cards.move": "state", "cards.import_chunk": "rejected", "cards.import_reject": "code",
    "codes.burn": "verdict", "codes.burn_0": "verdict", "codes.horizon": "pruned_before", "identity.evidence": "expires_at", "identity.used": "purpose",
    "channels.move": "state", "venues.move": "state", "regions.setting": "value",
}
"""Table → column. `essc check` counts on none of them being rewritten."""
