"""The wallet of a holder: apply, card, code, history, and what can be done about security."""
