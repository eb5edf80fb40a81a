"""Invented people for the tests: numbers with the reserved prefix 9999 and a valid check character."""
from essc.holders.model import Person, person


def number(order: int = 21, born: str = "19900512", prefix: str = "999901") -> str:
    """A citizen number that can be right (GB 11643)."""
    digits = f"{prefix}{born}{order:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11]


def somebody(order: int = 21, name: str = "韦晓兰") -> Person:
    """A person whose number ends with `order` and its check character."""
    return person(name, number(order), demonstration=True)
