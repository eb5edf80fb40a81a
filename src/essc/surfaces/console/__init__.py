"""The console: what the ministry, provinces and cities see and do."""
