"""Notices by mail, against real mail servers on this computer (P21)."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import ssl
import warnings

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from tests.mail_server import Letters, free_port, mail_server
from tests.queue.conftest import make_desk

from gatekeeper.outbox import Outbox, stuck_notices
from gatekeeper.postman import NotSent, Postman
from gatekeeper_queue.notices import KINDS, tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Notice

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # one of its parts uses what Python is going to drop
    import apprise

    apprise.Apprise.instantiate("mailto://localhost?from=a@b.example&to=c@d.example")

PASSWORD = "s3cret-Pass"


@pytest.fixture
def smtp():
    """A mail server and the address at which apprise reaches it."""
    with mail_server() as running:
        yield running


@pytest.fixture
def heard():
    """Every line that reaches a log, but those of the mail server itself."""
    lines = []

    class Ear(logging.Handler):
        def emit(self, record):
            if not record.name.startswith("mail."):
                lines.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(ear)
    root.setLevel(logging.WARNING)


@pytest.fixture
def desk(tmp_path):
    made = make_desk(tmp_path)
    yield made
    made.school.database.close()


def outbox(desk, mail_url="", esafety_urls=""):
    postman = Postman(mail_url, esafety_urls)
    return Outbox(desk.school, postman, "Town School", "https://school.example")


def told(desk, kind="item-waiting", subject="one", **whom):
    with desk.school.database.write() as session:
        tell(desk.school, session, kind, subject, **(whom or {"users": [desk.people["head"]]}))


def rows(desk):
    with desk.school.database.read() as session:
        return session.exec(select(Notice).order_by(Notice.id)).all()


def test_a_notice_is_mailed_with_its_link_and_once(desk, smtp):
    letters, url = smtp
    told(desk, "incident-opened", "i-1")
    assert outbox(desk, url).send_due() == 1
    assert outbox(desk, url).send_due() == 0
    ((recipients, subject, text),) = letters.got
    assert recipients == ["head@school.example"]
    assert subject == "Town School: An incident is in the log and needs you."
    assert "https://school.example/incidents/i-1" in text
    assert rows(desk)[0].sent_at == desk.clock()


def test_forty_posts_make_one_mail(desk, smtp):
    letters, url = smtp
    for number in range(40):
        told(desk, subject=f"post-{number}", roles=[Role.HEAD, Role.COORDINATOR])
        desk.clock.forward(seconds=10)
    assert outbox(desk, url).send_due() == 0  # they wait for one another
    desk.clock.forward(minutes=15)
    assert outbox(desk, url).send_due() == 2
    assert [subject for _, subject, _ in letters.got] == [
        "Town School: 40 posts wait for a decision."
    ] * 2
    assert letters.to("head@school.example")[0].count("https://") == 1


def test_what_is_serious_does_not_wait_and_takes_the_rest_along(desk, smtp):
    letters, url = smtp
    told(desk)
    told(desk, "incident-opened", "i-1")
    outbox(desk, url).send_due()
    (text,) = letters.to("head@school.example")
    assert "/review/one" in text
    assert "/incidents/i-1" in text


@pytest.mark.parametrize(
    ("kind", "wants", "seen", "active", "mailed"),
    [
        ("item-waiting", True, False, True, True),
        ("item-waiting", False, False, True, False),
        ("item-waiting", True, True, True, False),
        ("incident-opened", False, False, True, True),
        ("incident-opened", True, True, True, True),
        ("incident-opened", True, False, False, False),
    ],
)
def test_who_is_mailed(desk, smtp, kind, wants, seen, active, mailed):
    letters, url = smtp
    told(desk, kind)
    with desk.school.database.write() as session:
        head = desk.user(session, "head")
        head.wants_mail, head.active = wants, active
        session.exec(select(Notice)).one().seen_at = desk.clock() if seen else None
    desk.clock.forward(minutes=16)
    outbox(desk, url).send_due()
    assert bool(letters.got) is mailed
    assert rows(desk)[0].sent_at == desk.clock()  # settled either way


def test_without_mail_it_is_shown_on_the_pages_only(desk):
    told(desk, "incident-opened", users=[desk.people["head"]], esafety=True)
    assert outbox(desk).send_due() == 0
    assert all(row.sent_at and not row.last_error and row.seen_at is None for row in rows(desk))


def test_the_esafety_address_is_told(desk, smtp):
    letters, url = smtp
    told(desk, "incident-opened", "i-1", esafety=True)
    outbox(desk, "", f"{url}&to=esafety@school.example {url}&to=trust@trust.example").send_due()
    assert {to for recipients, _, _ in letters.got for to in recipients} == {
        "esafety@school.example", "trust@trust.example",
    }  # fmt: skip


def test_a_server_that_is_down_loses_nothing(desk, smtp):
    letters, url = smtp
    down = f"mailto://127.0.0.1:{free_port()}?from=gatekeeper@school.example"
    told(desk, "incident-opened", "i-1", users=[desk.people["head"]], esafety=True)
    waits = []
    for _ in range(9):
        outbox(desk, down, f"{down}&to=e@school.example").send_due()
        waits.append(rows(desk)[0].not_before - desk.clock())
        desk.clock.now = rows(desk)[0].not_before
    assert waits[:3] == [datetime.timedelta(minutes=n) for n in (2, 4, 8)]
    assert max(waits) == datetime.timedelta(hours=1)
    with desk.school.database.read() as session:
        stuck = stuck_notices(session)
    assert sorted((one.number, one.attempts, one.to_esafety) for one in stuck) == [
        (1, 9, False), (1, 9, True),
    ]  # fmt: skip
    assert all("refused" in one.reason for one in stuck)
    assert outbox(desk, url, f"{url}&to=e@school.example").send_due() == 2
    assert len(letters.got) == 2
    with desk.school.database.read() as session:
        assert stuck_notices(session) == []


def test_one_who_is_refused_keeps_nobody_else_waiting(desk, smtp, heard):
    letters, url = smtp
    letters.refused = {"head@school.example"}
    secret = url.replace("mailto://", f"mailto://gatekeeper:{PASSWORD}@")
    told(desk, "incident-opened", "i-1", roles=[Role.HEAD, Role.COORDINATOR])
    Postman(url, "").mail("coordinator@school.example", "t", "b")
    assert outbox(desk, url).send_due() == 1
    assert len(letters.to("coordinator@school.example")) == 2
    (waiting,) = [row for row in rows(desk) if row.sent_at is None]
    assert waiting.user_id == desk.people["head"]
    with pytest.raises(NotSent) as refused:
        Postman(secret, "").mail("head@school.example", "t", "b")
    assert PASSWORD not in str(refused.value)
    logged = " ".join(heard)
    assert "could not be mailed yet: 1" in logged
    for kept in (PASSWORD, "An incident", "head@school", "mailto"):
        assert kept not in logged


def test_a_worker_that_dies_while_it_sends_is_followed_by_another(desk, smtp):
    _, url = smtp
    told(desk, "incident-opened", "i-1")
    claimed, _ = outbox(desk, url)._claim(desk.people["head"])
    assert len(claimed) == 1
    assert outbox(desk, url).send_due() == 0  # it is claimed
    desk.clock.forward(minutes=6)
    assert outbox(desk, url).send_due() == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("json://127.0.0.1:{port}/tok3n", "no place for the recipient"),
        ("nonsense", "mail_url is not an address"),
        ("mailto://", "mail_url is not an address"),
        ("json://127.0.0.1:{port}/tok3n?:to={{to}}", "It was not taken"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_never_quoted(url, says):
    with pytest.raises(NotSent, match=says) as refused:
        Postman(url.format(port=free_port()), "").mail("head@school.example", "t", "b")
    assert "tok3n" not in str(refused.value)


@pytest.mark.parametrize("address", ["", "head", "a@b,c@d", "a@b;c@d", "a@b c@d", "a@b\nc@d"])
def test_a_mail_goes_to_one_address(smtp, address):
    letters, url = smtp
    with pytest.raises(NotSent):
        Postman(url, "").mail(address, "t", "b")
    assert letters.got == []


@pytest.mark.parametrize("place", ["&to={to}", "", "&to=somebody@else.example"])
def test_a_mail_goes_to_the_person_and_to_nobody_of_a_similar_name(smtp, place):
    letters, url = smtp
    Postman(url + place, "").mail("o'neil+x@school.example", "t", "b")
    assert letters.got[0][0] == ["o'neil+x@school.example"]


def test_encrypted_mail_goes_out_encrypted_or_not_at_all(tmp_path):
    letters, port = Letters(), free_port()
    controller = Controller(
        letters, hostname="127.0.0.1", port=port, tls_context=_tls(tmp_path), require_starttls=True
    )
    controller.start()
    try:
        where = f"127.0.0.1:{port}?from=gatekeeper@school.example"
        with pytest.raises(NotSent):  # nobody vouches for its certificate
            Postman(f"mailtos://{where}&mode=starttls", "").mail("head@school.example", "t", "b")
        with pytest.raises(NotSent):  # it takes nothing in the clear
            Postman(f"mailto://{where}", "").mail("head@school.example", "t", "b")
        assert letters.got == []
        trusting = f"mailtos://{where}&mode=starttls&verify=no"
        Postman(trusting, "").mail("head@school.example", "t", "b")
        assert len(letters.got) == 1
    finally:
        controller.stop()


def _tls(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


# --- least knowledge (promise 9) ------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.uuids().map(str)), min_size=1))
def test_a_message_says_kinds_links_and_the_school_and_nothing_else(notices):
    told = [
        Notice(id=number, kind=kind, subject=subject, at=datetime.datetime.now(datetime.UTC))
        for number, (kind, subject) in enumerate(notices)
    ]
    address = "https://school.example"
    box = Outbox(None, Postman("", ""), "Town School", address)  # type: ignore[arg-type]
    title, body = box.message(told)
    left = f"{title}\n{body}"
    known = [
        *(address + KINDS[kind].path.format(subject) for kind, subject in notices),
        f"{address}/notices", "This message names nobody; sign in to read on.",
        "Town School · Gatekeeper", "Town School: ", f"{len(told)} notices",
    ]  # fmt: skip
    for kind in KINDS.values():
        known += [kind.says] + [
            (kind.many or f"{kind.says} ({{}} times)").format(n) for n in range(2, len(told) + 1)
        ]
    for words in sorted(known, key=len, reverse=True):
        left = left.replace(words, "")
    assert left.strip() == ""
