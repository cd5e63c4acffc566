"""Does a picture look like another, though its bytes differ? For `seen-before`."""

from __future__ import annotations

from io import BytesIO

SIDE = 16
"""The hash has SIDE x SIDE bits: each says whether the brightness rises from left to right."""
SAME_PICTURE = 60
"""Bits of 256 that may differ. Measured on 81 photos: copies saved again, resized, recoloured,
mirrored or covered differ by 50 at most, copies that lost 3 % at each edge by 60; no two
different photos by less than 75. A picture that lost more at its edges is a new one."""
_BITS = SIDE * SIDE


def gradient_hash(jpeg: bytes) -> str:
    """What a clean picture looks like: 64 hex digits, by the `imagehash` library's dhash."""
    import imagehash
    from PIL import Image

    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
        return str(imagehash.dhash(picture, hash_size=SIDE))


def difference(one: str, other: str) -> int:
    """Bits that differ between two hashes, the second also taken mirrored: the smaller number.

    Raises `ValueError` for what is no hash.
    """
    first, second = int(one, 16), int(other, 16)
    return min((first ^ second).bit_count(), (first ^ _mirrored(second)).bit_count())


def _mirrored(bits: int) -> int:
    """The hash of the mirrored picture: each row backwards, and every rise a fall."""
    text = f"{bits:0{_BITS}b}"
    rows = [text[start : start + SIDE][::-1] for start in range(0, _BITS, SIDE)]
    return int("".join(rows), 2) ^ ((1 << _BITS) - 1)
