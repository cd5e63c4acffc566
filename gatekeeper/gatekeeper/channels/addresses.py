"""Addresses of servers that a person types, and that servers answer with."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from gatekeeper_queue.channel import PermanentFailure

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SOCIAL_NETWORKS = (
    "bsky.app", "facebook.com", "fb.com", "flickr.com", "instagram.com", "linkedin.com",
    "mastodon.social", "pinterest.com", "reddit.com", "snapchat.com", "threads.com",
    "threads.net", "tiktok.com", "tumblr.com", "twitter.com", "vimeo.com", "vk.com", "wa.me",
    "whatsapp.com", "x.com", "youtu.be", "youtube.com",
)  # fmt: skip
"""The best known; their subdomains too."""


def refuse_social_network(site: str) -> None:
    """A school's page on a social network is not its website: families were asked about the two
    separately (P01). Raises `PermanentFailure`."""
    parts = _split(site if "://" in site else f"https://{site}")
    labels = (parts.hostname or "").rstrip(".").split(".") if parts else []
    if any(".".join(labels[start:]) in SOCIAL_NETWORKS for start in range(len(labels))):
        raise PermanentFailure(
            "That is a social network, not the school’s website. Families are asked about the two "
            "separately, so it cannot be added as one."
        )


def server_address(typed: str) -> str:
    """`https://host` or `https://host:port` from what was typed, with or without `https://`.

    Keys and pictures travel in clear to an http address, so that is allowed on this computer
    only. Raises `PermanentFailure` for anything else.
    """
    text = typed.strip().removesuffix("/")
    parts = _split(text if "://" in text else f"https://{text}")
    plain = parts is not None and not (parts.path or parts.query or parts.fragment or "@" in text)
    if parts is None or not plain or not (_is_https(parts) or _is_loopback(parts)):
        raise PermanentFailure(
            "The server is not an address that keys may be sent to. It is the part of the "
            "account’s web address from https:// to the next slash, as in "
            "https://mastodon.social."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def site_address(typed: str) -> str:
    """`https://host/path`, without a slash at its end, from what was typed: a site may live in a
    folder of its server. Otherwise as `server_address`. Raises `PermanentFailure`.
    """
    text = typed.strip()
    refuse_social_network(text)
    parts = _split(text if "://" in text else f"https://{text}")
    plain = parts is not None and not set(text) & set("?#@\\ \t\n")
    if parts is not None and plain and parts.scheme == "http" and not _is_loopback(parts):
        raise PermanentFailure(
            "Keys may be sent to a site over https only. Enter an address that begins with "
            "https://. A site that has none needs a certificate first."
        )
    if parts is None or not plain or not (_is_https(parts) or _is_loopback(parts)):
        raise PermanentFailure(
            "The site is not an address that keys may be sent to. It is that of its front page, "
            "as in https://www.oak.example."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def may_be_asked(address: str, server: str) -> bool:
    """May Gatekeeper follow `address`, which `server` has named?

    Over https, or on this computer where the server itself is on it: no server elsewhere can
    make Gatekeeper ask things of the machine it runs on.
    """
    parts, own = _split(address), _split(server)
    if parts is None or own is None or "@" in parts.netloc:
        return False
    if parts.hostname in LOOPBACK:
        return own.hostname in LOOPBACK and (_is_https(parts) or _is_loopback(parts))
    return _is_https(parts)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        return None
    return parts if parts.hostname and not set(parts.netloc) & set(" \\\t\n") else None


def _is_https(parts: SplitResult) -> bool:
    return parts.scheme == "https"


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in LOOPBACK
