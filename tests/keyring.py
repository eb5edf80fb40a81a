"""The keys of the tests: a real key ring in memory, the same keys in every run."""
from essc.keys.queries import KeyRing
from essc.kit.crypto import Keys


def fresh() -> Keys:
    """A key ring with a first version of every named key, in the international suite."""
    return KeyRing.for_tests()
