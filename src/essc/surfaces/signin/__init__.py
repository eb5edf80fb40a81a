"""Signing in: number, password and SMS, or a face check."""
