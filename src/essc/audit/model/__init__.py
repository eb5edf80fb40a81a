"""The Merkle log, pure: hashing, tiles, signed notes, the entry of an event, and the reader that verifies it all.

Nothing below this package knows a database, a room or a network: `verify` runs on a machine that has only the tiles and the public key.
"""
