"""The one source of chance: the operating system's."""
import os


def random_bytes(count: int) -> bytes:
    """`count` unpredictable bytes. Many small draws are dearer than one large one that the caller cuts up."""
    return os.urandom(count)
