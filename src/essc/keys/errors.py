"""What the room of keys refuses, in the order in which it is decided. No message ever carries key material."""
from essc.kit.errors import Kind, Refused


class KeyFileMissing(Refused):
    """There is no key file where one was named."""

    kind, code = Kind.UNAVAILABLE, "key_file_missing"


class KeyFileExposed(Refused):
    """The key file (or the file of its key-encryption key) is readable by others, belongs to somebody else, or is not a plain file."""

    kind, code = Kind.UNAVAILABLE, "key_file_exposed"


class KeyFileLocked(Refused):
    """The key file does not open: the passphrase is missing or wrong, or `<key file>.kek` is not the one it was made with."""

    kind, code = Kind.UNAVAILABLE, "key_file_locked"


class KeyFileBroken(Refused):
    """The key file is not a key file, or of a newer format."""

    kind, code = Kind.UNAVAILABLE, "key_file_broken"


class KeyUnknown(Refused):
    """There is no key of that name."""

    kind, code = Kind.NOT_FOUND, "key_name_unknown"


class KeyFixed(Refused):
    """This key can never change: every stored place in the house depends on it."""

    kind, code = Kind.CONFLICT, "key_fixed"


class KeyRetired(Refused):
    """The version that was named was withdrawn in an emergency, or never existed."""

    kind, code = Kind.UNAUTHENTICATED, "key_retired"
