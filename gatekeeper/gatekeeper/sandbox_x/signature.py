"""Who signed a request: OAuth 1.0a (RFC 5849) from the provider's side, as X checks it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, RequestValidator, ResourceEndpoint

from gatekeeper.sandbox_x.users import SandboxUser

WINDOW = 300
"""Seconds by which a request's time may be off; also how long a nonce is remembered."""
NOBODY = "nobody-has-this-key-or-this-token"


class SignatureCheck:
    """Knows the accounts' keys and the nonces that were used."""

    def __init__(self, users: Iterable[SandboxUser]) -> None:
        self._by_token = {user.access_token: user for user in users}
        self._endpoint = ResourceEndpoint(_Validator(self._by_token))

    def signer(
        self, uri: str, method: str, body: bytes, headers: Mapping[str, str]
    ) -> SandboxUser | None:
        """The account that signed this request, or None when the signature does not hold.

        `uri` is the whole address for which it was signed, beginning with https.
        """
        try:
            valid, request = self._endpoint.validate_protected_resource_request(
                uri, method, body.decode("latin-1"), dict(headers)
            )
        except ValueError:
            # oauthlib refuses some malformed bodies and headers with a bare ValueError.
            return None
        return self._by_token.get(request.resource_owner_key) if valid else None


class _Validator(RequestValidator):
    """What oauthlib asks about keys, tokens and nonces."""

    allowed_signature_methods = (SIGNATURE_HMAC_SHA1,)
    timestamp_lifetime = WINDOW
    client_key_length = (20, 64)
    access_token_length = (20, 96)
    nonce_length = (8, 64)
    dummy_client = NOBODY
    dummy_access_token = NOBODY

    def __init__(self, by_token: dict[str, SandboxUser]) -> None:
        super().__init__()
        self._by_token = by_token
        self._secrets = {user.consumer_key: user.consumer_secret for user in by_token.values()}
        self._used: dict[tuple[str, str, str], float] = {}

    @property
    def safe_characters(self) -> set[str]:
        return set(super().safe_characters) | {"-"}

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: Request,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        now = time.time()
        self._used = {key: until for key, until in self._used.items() if until > now}
        key = (client_key, str(access_token), nonce)
        fresh = key not in self._used
        # A request may be dated ahead by the window and is then valid for two of them.
        self._used[key] = now + 2 * WINDOW
        return fresh

    def validate_client_key(self, client_key: str, request: Request) -> bool:
        return client_key in self._secrets

    def validate_access_token(self, client_key: str, token: str, request: Request) -> bool:
        user = self._by_token.get(token)
        return user is not None and user.consumer_key == client_key

    def validate_realms(self, *_: Any, **__: Any) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: Request) -> str:
        return self._secrets.get(client_key, NOBODY)

    def get_access_token_secret(self, client_key: str, token: str, request: Request) -> str:
        user = self._by_token.get(token)
        return user.access_token_secret if user else NOBODY
