"""Channels: the apps that carry the card, what they may do and the keys they sign with."""
