"""A keyed permutation of the numbers below 10^23, for values that must stay digits.

The construction is the generalised Feistel cipher of Black and Rogaway (Ciphers with Arbitrary Finite Domains, CT-RSA 2002)
on Z(10^12) × Z(10^11), in its alternating form (Hoang and Rogaway, On Generalized Feistel Networks, CRYPTO 2010), eight
rounds, with a 128-bit block cipher as round function: F(i, half) = E_K(i as one byte ‖ half as 15 bytes, big-endian), read as
one big-endian number. Even rounds add F to the left half, odd rounds to the right half. Argument and bounds: docs/wire/code.md.
"""
from collections.abc import Callable
from typing import Final

LEFT: Final = 10**12
RIGHT: Final = 10**11
DOMAIN: Final = LEFT * RIGHT
ROUNDS: Final = 8
_R0, _R1, _R2, _R3, _R4, _R5, _R6, _R7 = (i << 120 for i in range(ROUNDS))

Block = Callable[[bytes], bytes]
"""One 16-byte block through a block cipher under a fixed key."""


class DigitPermutation:
    """The permutation of one hour. `block` is a long-lived single-block encryptor; a call costs eight of its calls.

    The eight rounds are written out: a loop over them costs a quarter more, and this is the hottest function of the house.
    """

    __slots__ = ("_block", "hour")

    def __init__(self, hour: int, block: Block) -> None:
        self.hour = hour
        self._block = block

    def __repr__(self) -> str:
        return f"DigitPermutation(hour={self.hour})"

    def encrypt(self, number: int) -> int:
        """The image of `number`, 0 ≤ number < 10^23. Raises ValueError outside."""
        if not 0 <= number < DOMAIN:
            raise ValueError("the permutation is defined on 0 to 10^23 - 1")
        f, read = self._block, int.from_bytes
        left, right = divmod(number, RIGHT)
        left = (left + read(f((_R0 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right + read(f((_R1 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left + read(f((_R2 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right + read(f((_R3 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left + read(f((_R4 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right + read(f((_R5 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left + read(f((_R6 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right + read(f((_R7 | left).to_bytes(16, "big")), "big")) % RIGHT
        return left * RIGHT + right

    def decrypt(self, number: int) -> int:
        """The number whose image is `number`, 0 ≤ number < 10^23. Raises ValueError outside."""
        if not 0 <= number < DOMAIN:
            raise ValueError("the permutation is defined on 0 to 10^23 - 1")
        f, read = self._block, int.from_bytes
        left, right = divmod(number, RIGHT)
        right = (right - read(f((_R7 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left - read(f((_R6 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right - read(f((_R5 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left - read(f((_R4 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right - read(f((_R3 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left - read(f((_R2 | right).to_bytes(16, "big")), "big")) % LEFT
        right = (right - read(f((_R1 | left).to_bytes(16, "big")), "big")) % RIGHT
        left = (left - read(f((_R0 | right).to_bytes(16, "big")), "big")) % LEFT
        return left * RIGHT + right
