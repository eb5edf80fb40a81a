"""Signing and encryption keys, their versions and rotation, through one door."""
