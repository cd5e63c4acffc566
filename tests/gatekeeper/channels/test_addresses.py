"""Where keys and pictures may travel."""

from __future__ import annotations

import pytest

from gatekeeper.channels.addresses import (
    may_be_asked,
    refuse_social_network,
    server_address,
    site_address,
)
from gatekeeper_queue.channel import PermanentFailure


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://mastodon.social", "https://mastodon.social"),
        ("mastodon.social", "https://mastodon.social"),
        ("  https://Mastodon.Social/ ", "https://mastodon.social"),
        ("https://social.school.test:8443", "https://social.school.test:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_what_a_person_types_becomes_an_address(typed, address):
    assert server_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "http://mastodon.social",
        "http://127.0.0.1.example",
        "http://127.0.0.1@example.org",
        "https://oak:secret@mastodon.social",
        "https://mastodon.social/@oak",
        "https://mastodon.social?x=1",
        "https://mastodon.social#oak",
        "https://mastodon.social:port",
        "https://[mastodon.social",
        "https://mastodon social",
        "ftp://127.0.0.1",
        "@oak@mastodon.social",
    ],
)
def test_what_is_no_safe_address_is_refused(typed):
    with pytest.raises(PermanentFailure, match="from https://"):
        server_address(typed)


@pytest.mark.parametrize(
    ("address", "server", "allowed"),
    [
        ("https://files.mastodon.social/a.png", "https://mastodon.social", True),
        ("https://pds.example:8443", "https://bsky.social", True),
        ("http://files.mastodon.social/a.png", "https://mastodon.social", False),
        ("https://oak@files.mastodon.social", "https://mastodon.social", False),
        ("http://127.0.0.1:80/", "https://mastodon.social", False),
        ("https://127.0.0.1/", "https://mastodon.social", False),
        ("https://localhost/", "https://mastodon.social", False),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:8", True),
        ("http://localhost:9/a", "http://127.0.0.1:8", True),
        ("http://files.mastodon.social/", "http://127.0.0.1:8", False),
        ("file:///etc/passwd", "https://mastodon.social", False),
        ("", "https://mastodon.social", False),
        ("None", "https://mastodon.social", False),
    ],
)
def test_what_a_server_may_send_gatekeeper_to(address, server, allowed):
    assert may_be_asked(address, server) is allowed


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://www.oak.example", "https://www.oak.example"),
        ("  https://www.oak.example/  ", "https://www.oak.example"),
        ("www.oak.example", "https://www.oak.example"),
        ("https://oak.example:8443/school/", "https://oak.example:8443/school"),
        ("HTTPS://Oak.Example", "https://oak.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_addresses_of_sites_that_are_taken(typed, address):
    assert site_address(typed) == address


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("http://www.oak.example", "https only"),
        ("http://127.0.0.2.oak.example", "https only"),
        ("http://localhost.oak.example", "https only"),
        ("http://localhost@oak.example", "front page"),
        ("http://10.0.0.1", "https only"),
        ("", "front page"),
        ("https://", "front page"),
        ("ftp://oak.example", "front page"),
        ("file:///etc/passwd", "front page"),
        ("https://user:word@oak.example", "front page"),
        ("https://oak.example/?page_id=2", "front page"),
        ("https://oak.example/#top", "front page"),
        ("https://oak example", "front page"),
        ("https://oak.example:port", "front page"),
        ("https://oak.example:99999", "front page"),
    ],
)
def test_addresses_of_sites_that_are_refused(typed, words):
    with pytest.raises(PermanentFailure, match=words):
        site_address(typed)


@pytest.mark.parametrize(
    ("site", "refused"),
    [
        ("https://www.facebook.com/oakschool", True),
        ("instagram.com/oakschool", True),
        ("https://X.com./oak", True),
        ("https://oak.tumblr.com", True),
        ("https://www.oak.example/facebook.com", False),
        ("https://fox.com", False),
        ("https://facebook.com.oak.example", False),
        ("https://oak.wordpress.com", False),
    ],
)
def test_a_social_network_is_not_the_schools_website(site, refused):
    if refused:
        with pytest.raises(PermanentFailure, match="social network"):
            refuse_social_network(site)
    else:
        refuse_social_network(site)
