"""The record of a post: where it will be, and what it will say (app.bsky.feed.post)."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from gatekeeper_queue.channel import Outgoing, OutgoingPicture

COLLECTION = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_FIRST = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def record_key(post_id: str) -> str:
    """The key of a post's record: always the same for the same post, so that a second try meets
    the first instead of standing beside it.

    It has the form of a TID (atproto.com/specs/tid), whose time (microseconds, 53 bits) and clock
    (10 bits) are made from the post's id: 56 bits of a SHA-256, within 2023 to 2025.
    """
    digest = int.from_bytes(sha256(post_id.encode()).digest()[:7])
    time, clock = _FIRST + (digest >> 10), digest & 1023
    number = time << 10 | clock
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def content_id(digest: str) -> str:
    """The CID of a blob from the SHA-256 of its bytes: version 1, raw, base32."""
    binary = b"\x01\x55\x12\x20" + bytes.fromhex(digest)
    return "b" + base64.b32encode(binary).decode().rstrip("=").lower()


def post_record(item: Outgoing, now: datetime) -> Any:
    """The record: the text as approved, without facets, and the pictures with their alt texts."""
    from atproto_client import models

    return models.AppBskyFeedPost.Record(
        text=item.text,
        created_at=now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        embed=models.AppBskyEmbedImages.Main(images=[_image(one) for one in item.pictures]),
    )


def pictures_in(record: object) -> list[str]:
    """The CIDs of the pictures in a record as it was read back. Raises what a wrong shape does."""
    images: Sequence[Any] = record["embed"]["images"]  # type: ignore[index]
    return [str(image["image"]["ref"]["$link"]) for image in images]


def _image(picture: OutgoingPicture) -> Any:
    from atproto_client import models
    from atproto_client.models.blob_ref import BlobRef, IpldLink
    from PIL import Image

    with Image.open(io.BytesIO(picture.jpeg), formats=("JPEG",)) as opened:
        width, height = opened.size
    return models.AppBskyEmbedImages.Image(
        alt=picture.alt,
        image=BlobRef(
            mime_type="image/jpeg",
            size=len(picture.jpeg),
            ref=IpldLink(link=content_id(picture.sha256)),
        ),
        # Without it the app cuts the picture to a shape of its own.
        aspect_ratio=models.AppBskyEmbedDefs.AspectRatio(width=width, height=height),
    )
