"""The account check finds what is wrong before the first post, in words that say what to do."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gatekeeper.channels.wordpress.channel import WordPressChannel
from gatekeeper.channels.wordpress.http import WordPressKeys, WordPressSite
from gatekeeper_queue.channel import ChannelError, OutcomeUnknown, PermanentFailure, RetryLater


def test_an_author_is_welcome(oak, site):
    assert oak.check_account() == f"gatekeeper@{site.url.removeprefix('http://')}"


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("contributor", "may not do enough"),
        ("subscriber", "may not do enough"),
        ("editor", "may change what others wrote"),
        ("administrator", "may change what others wrote"),
    ],
)
def test_any_other_role_is_not(channel_of, role, words):
    with pytest.raises(PermanentFailure, match=f"{words}.*role Author"):
        channel_of(role=role).check_account()


def test_a_wrong_or_revoked_password_is_found(site):
    for user, password in (("gatekeeper", "wrong"), ("nobody", "wrong")):
        channel = WordPressChannel(WordPressKeys(site.url, user, password))
        with pytest.raises(PermanentFailure, match="Make a new application password"):
            channel.check_account()


REST_OFF = """add_filter('rest_authentication_errors', fn() =>
    new WP_Error('rest_disabled', 'Off', ['status' => 403]));"""
WEB_PAGE = "add_action('rest_api_init', function () { echo '<html>Login</html>'; exit; });"
NO_PASSWORDS = "add_filter('wp_is_application_passwords_available', '__return_false');"
NOT_FOUND = "add_action('rest_api_init', function () { status_header(404); echo 'no'; exit; });"
FATAL = "add_action('rest_api_init', function () { no_such_function(); });"
MOVED = """add_action('rest_api_init', function () {
    header('Location: https://www.oak.example/', true, 301); exit; });"""


@pytest.mark.parametrize(
    ("php", "kind", "words"),
    [
        (REST_OFF, PermanentFailure, "rest_disabled.*a plug-in forbids it"),
        (WEB_PAGE, RetryLater, "something else, such as a web page.*REST API"),
        (NO_PASSWORDS, PermanentFailure, "application password"),
        (NOT_FOUND, PermanentFailure, "404.*REST API"),
        (FATAL, RetryLater, "no clear answer"),
        (MOVED, PermanentFailure, "https://www.oak.example. Enter the address"),
    ],
    ids=["REST off", "web page", "no passwords", "not found", "fatal error", "moved"],
)
def test_what_a_plug_in_spoils_is_said(oak, site, php, kind, words):
    with site.plug_in(php), pytest.raises(kind, match=words):
        oak.check_account()


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """An https address on this computer whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "site.pem"
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    own = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none)
    pem.write_bytes(own + certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def meet() -> None:
            visitor, _ = listening.accept()
            with visitor, suppress(OSError), context.wrap_socket(visitor, server_side=True):
                pass

        thread = threading.Thread(target=meet)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def test_a_certificate_that_nobody_vouches_for_is_said(self_signed):
    channel = WordPressChannel(WordPressKeys(self_signed, "gatekeeper", "word"))
    with pytest.raises(RetryLater, match="certificate is not valid"):
        channel.check_account()


def test_a_picture_of_a_site_over_https_is_looked_at_over_https(self_signed):
    keys = WordPressKeys(self_signed, "gatekeeper", "word")
    site = WordPressSite(keys, (5, 5), lambda: datetime.now(UTC))
    with pytest.raises(RetryLater, match="certificate is not valid"):
        site.picture(f"http{self_signed.removeprefix('https')}/picture.jpg")


def test_a_site_over_plain_http_is_refused():
    with pytest.raises(PermanentFailure, match="https only"):
        WordPressChannel(WordPressKeys("http://www.oak.example", "gatekeeper", "word"))


@pytest.mark.parametrize(("user", "password"), [("", "x"), ("x", " "), ("a:b", "x")])
def test_keys_that_cannot_be_right_are_refused(user, password):
    with pytest.raises(PermanentFailure, match="Enter the WordPress user name"):
        WordPressChannel(WordPressKeys("https://oak.example", user, password))


def test_no_word_of_a_post_and_no_password_is_logged_or_told(lossy, proxy, site, make_item, caplog):
    item = make_item("A caption that nobody logs")
    secret = site.passwords["author"][1]
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        for step in ("media", "posts/", "posts"):
            proxy.faults.clear()
            echo = (400, {}, b'{"code": "x", "message": "A caption that nobody logs"}')
            proxy.fault("POST", step, echo)
            try:
                lossy.publish(item, lossy.prepare(item))
            except ChannelError as error:
                told.append(f"{error!r} {error.__cause__!r}")
        assert len(told) >= 2
    for text in (*told, caplog.text, repr(lossy), repr(WordPressKeys("s", "u", secret))):
        assert secret not in text
        assert "nobody logs" not in text
    assert OutcomeUnknown not in map(type, told)
