"""The accounts of a sandbox X, with the keys that their calls are signed with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SandboxUser:
    """One account. `id` and the tokens have the form that X gives them."""

    id: str
    username: str
    name: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str
    access_token_secret: str = field(repr=False)
    picture: bytes = field(default=b"", repr=False)
    """PNG or JPEG that the profile shows; empty: X's own."""
    protected: bool = False

    @classmethod
    def new(
        cls, username: str, name: str, picture: bytes = b"", *, protected: bool = False
    ) -> SandboxUser:
        """An account with fresh random keys."""
        number = str(10**18 + secrets.randbelow(8 * 10**18))
        return cls(
            id=number,
            username=username,
            name=name,
            consumer_key=secrets.token_hex(12),
            consumer_secret=secrets.token_hex(25),
            access_token=f"{number}-{secrets.token_hex(15)}",
            access_token_secret=secrets.token_hex(22),
            picture=picture,
            protected=protected,
        )
