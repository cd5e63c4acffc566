"""Whatever goes wrong at whatever step: the post is up once or not at all, and nothing is left.

The site is a real WordPress; the proxy before it loses, delays and garbles.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.wordpress.proxy import Fault

from gatekeeper.channels.wordpress import http
from gatekeeper_queue.channel import OutcomeUnknown, PermanentFailure, RetryLater

HTML = {"Content-Type": "text/html"}
JSON = {"Content-Type": "application/json"}
PAGE = b"<!doctype html><title>Just a moment</title>"
NOISE = {
    "drop-before": ("drop-before", {}),
    "drop-after": ("drop-after", {}),
    "a web page": ((200, HTML, PAGE), {}),
    "a web page after": ((200, HTML, PAGE), {"after": True}),
    "a warning before the answer after": ((200, JSON, b"Warning: x\n{}"), {"after": True}),
    "nothing": ((200, JSON, b""), {}),
    "no id": ((201, JSON, b'{"status": "publish"}'), {}),
    "a list": ((200, JSON, b"[]"), {"after": True}),
    "deep": ((200, JSON, b"[" * 100_000), {}),
    "cut short after": ((200, JSON | {"Content-Length": "900"}, b"{}"), {"after": True}),
    "huge": ((200, JSON, b" " * 2_000_001), {}),
    "not HTTP": ((0, {}, b""), {}),
    "500": ((500, HTML, b""), {}),
    "502 after": ((502, HTML, PAGE), {"after": True}),
    "503": ((503, HTML, PAGE), {}),
    "408": ((408, HTML, b""), {}),
}


def trash(site, post: str) -> None:
    site.by_hand("DELETE", f"posts/{post}")


def nothing_left(site) -> bool:
    rows = site.sql("SELECT ID, post_type, post_status, post_name FROM wp_posts")
    return not rows and not site.files()


def goes_out_once(site, channel, item) -> None:
    """What a queue that knows nothing is up does next; the state of things after it."""
    receipt = channel.publish(item, channel.prepare(item))
    assert [status for _, status, _ in site.posts()] == ["publish"]
    assert len(site.media()) == len(item.pictures)
    channel.take_down(receipt)
    assert nothing_left(site)


# What is carried out all the same matters most where it publishes, the rest where it comes first.
LOST = [("posts/" if "after" in name else "media", name) for name in NOISE]
LOST += [("posts/", "drop-before"), ("posts/", "500"), ("media", "drop-after")]


@pytest.mark.parametrize(("step", "noise"), LOST)
def test_a_lost_answer_is_unknown_and_is_settled_by_looking(
    lossy, oak, proxy, site, item, step, noise
):
    what, more = NOISE[noise]
    references = lossy.prepare(item)
    proxy.fault("POST", step, what, **more)
    with pytest.raises(OutcomeUnknown):
        lossy.publish(item, references)
    landed = step == "posts/" and (what == "drop-after" or "after" in more)
    found = oak.find(item, references)
    assert (found is not None) is landed
    if landed:
        assert len(site.media()) == 1
        assert len(found.remote_id.split()) == 3
        oak.take_down(found)
    assert nothing_left(site)


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_a_lost_answer_while_preparing_is_for_later(lossy, oak, proxy, site, item, noise):
    what, more = noise
    proxy.fault("POST", "posts", what, **more)
    with pytest.raises(RetryLater):
        lossy.prepare(item)
    assert site.public(rest_route="/wp/v2/posts").json() == []
    [draft] = oak.prepare(item)
    assert [number for number, _, _ in site.posts()] == [draft]


def test_what_is_on_its_way_is_seen_by_nobody(lossy, proxy, site, make_item):
    item = make_item(pictures=2)
    [draft] = lossy.prepare(item)
    proxy.fault("POST", "posts/", "drop-before")
    with pytest.raises(OutcomeUnknown):
        lossy.publish(item, (draft,))
    media = [number for number, _, _ in site.media()]
    assert len(media) == 2
    for route in ("posts", "media"):
        answer = site.public(rest_route=f"/wp/v2/{route}")
        assert answer.json() == []
    for query in ({"p": draft}, *({"attachment_id": number} for number in media)):
        assert site.public(**query).status_code == 404
    for query in ({}, {"s": "music"}, {"feed": "rss2"}):
        assert item.post_id not in site.public(**query).text


@pytest.mark.parametrize("step", ["media", "posts/"])
def test_a_request_that_arrives_after_all_finds_no_draft_any_more(
    lossy, oak, proxy, site, item, step
):
    references = lossy.prepare(item)
    proxy.fault("POST", step, "late")
    with pytest.raises(OutcomeUnknown):
        lossy.publish(item, references)
    assert oak.find(item, references) is None
    proxy.release()
    assert nothing_left(site)
    goes_out_once(site, oak, item)


def test_a_time_out_after_it_was_carried_out(channel_of, oak, proxy, site, item):
    slow = channel_of(proxy.url, timeout=(5, 2.5))
    references = slow.prepare(item)
    proxy.fault("POST", "posts/", "hang-after")
    with pytest.raises(OutcomeUnknown):
        slow.publish(item, references)
    assert oak.is_up(oak.find(item, references))


def test_an_answer_that_trickles_in_has_an_end(lossy, proxy, item, monkeypatch):
    monkeypatch.setattr(http, "TOTAL", 0.3)
    proxy.fault("GET", "posts", "trickle")
    with pytest.raises(RetryLater, match="never ended"):
        lossy.prepare(item)


def test_two_tries_at_once_end_in_one_post(oak, channel_of, site, make_item):
    """One worker stalls, the queue gives its post to another, and then it goes on."""
    item = make_item(pictures=2)
    [first] = oak.prepare(item)
    assert oak.find(item, (first,)) is None  # its claim ran out
    [second] = oak.prepare(item)
    with pytest.raises(RetryLater, match="removed meanwhile"):
        oak.publish(item, (first,))
    receipt = oak.publish(item, (second,))
    with pytest.raises(RetryLater, match="removed meanwhile"):
        oak.publish(item, (first,))
    assert oak.is_up(receipt)
    assert oak.find(item, (first, second)) == receipt
    assert [status for _, status, _ in site.posts()] == ["publish"]
    assert len(site.media()) == 2


@pytest.mark.parametrize("same", [True, False])
def test_a_second_draft_with_the_same_slug_is_cleared_away(oak, site, item, same):
    """WordPress gives one slug to two drafts that are made at once."""
    [first] = oak.prepare(item)
    site.by_hand("POST", "posts", "author", slug=f"gk-{item.post_id}", title="x", status="draft")
    if same:
        site.sql(f"UPDATE wp_posts SET post_name = 'gk-{item.post_id}'")
    assert len(site.posts()) == 2
    assert oak.find(item, (first,)) is None
    assert nothing_left(site)


@pytest.mark.parametrize("lost", [False, True])
def test_a_draft_that_goes_while_a_picture_comes_in_leaves_no_picture(
    lossy, oak, proxy, site, item, lost
):
    """WordPress then keeps the picture without its post, where only its slug tells whose it is."""
    php = """add_filter('wp_handle_upload', function ($file) {
        wp_delete_post((int) $_POST['post'], true);
        return $file;
    });"""
    references = lossy.prepare(item)
    if lost:
        proxy.fault("POST", "media", "drop-after")
    with site.plug_in(php), pytest.raises(OutcomeUnknown if lost else RetryLater):
        lossy.publish(item, references)
    assert len(site.media()) == lost
    assert oak.find(item, references) is None
    assert nothing_left(site)


def test_a_draft_that_somebody_deleted_leaves_no_picture(lossy, oak, proxy, site, item):
    references = lossy.prepare(item)
    proxy.fault("POST", "posts/", "drop-before")
    with pytest.raises(OutcomeUnknown):
        lossy.publish(item, references)
    site.by_hand("DELETE", f"posts/{references[0]}&force=true")
    assert len(site.media()) == 1
    assert oak.find(item, references) is None
    assert nothing_left(site)


REFUSALS = [
    (413, HTML, PAGE, PermanentFailure, "no pictures of that size"),
    (400, JSON, b'{"code": "rest_invalid_param"}', PermanentFailure, "rest_invalid_param"),
    (403, HTML, PAGE, PermanentFailure, "REST API"),
    (404, HTML, PAGE, PermanentFailure, "REST API"),
    (401, JSON, b'{"code": "rest_not_logged_in"}', PermanentFailure, "application password"),
    (302, {"Location": "https://b.example/x"}, b"", PermanentFailure, "https://b.example"),
    (429, {"Retry-After": "120"}, b"", RetryLater, "fewer"),
    (429, {"Retry-After": "soon"}, b"", RetryLater, "fewer"),
]


@pytest.mark.parametrize(
    ("step", "status", "headers", "body", "kind", "words"),
    [("posts/", *refusal) for refusal in REFUSALS]
    + [("media", *refusal) for refusal in REFUSALS if refusal[0] in (403, 413)],
)
def test_what_is_refused_is_removed_again(
    channel_of, proxy, site, make_item, step, status, headers, body, kind, words
):
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    number = 2 if step == "media" else 1  # of two, the second picture
    channel, item = channel_of(proxy.url, now=lambda: now), make_item(pictures=number)
    references = channel.prepare(item)
    proxy.fault("POST", step, (status, headers, body), nth=number)
    with pytest.raises(kind, match=words) as failure:
        channel.publish(item, references)
    assert nothing_left(site)
    if status == 429:
        later = now + timedelta(minutes=2) if headers["Retry-After"] == "120" else None
        assert failure.value.not_before == later


@pytest.mark.parametrize(
    ("step", "noise"),
    [("media/", "drop-before"), ("media/", "a web page"), ("posts/", "500"), ("posts/", "408")],
)
def test_what_cannot_be_removed_at_once_is_removed_by_looking(
    lossy, proxy, site, item, step, noise
):
    references = lossy.prepare(item)
    proxy.fault("POST", "posts/", (403, JSON, b'{"code": "rest_cannot_publish"}'))
    proxy.fault("DELETE", step, NOISE[noise][0])
    with pytest.raises(OutcomeUnknown, match="may still be on the site"):
        lossy.publish(item, references)
    proxy.faults.clear()
    proxy.fault("DELETE", "posts/", "drop-before")
    with pytest.raises(RetryLater):
        lossy.find(item, references)
    assert lossy.find(item, references) is None
    assert nothing_left(site)


def test_a_plug_in_that_renames_pictures_is_refused(oak, site, item):
    php = """add_filter('wp_insert_attachment_data', function ($data) {
        $data['post_name'] = 'picture-' . wp_generate_password(6, false);
        return $data;
    });"""
    with site.plug_in(php), pytest.raises(PermanentFailure, match="changes the slugs"):
        oak.publish(item, oak.prepare(item))
    assert nothing_left(site)


def test_a_site_that_cannot_store_pictures_refuses_for_good(oak, site, item):
    """As with a full disk, or an upload folder of somebody else."""
    site.uploads.write_text("in the way")
    with pytest.raises(PermanentFailure, match="disk is full"):
        oak.publish(item, oak.prepare(item))
    assert site.posts() == site.media() == []


def test_a_plug_in_that_holds_posts_back_is_no_publication(oak, site, item):
    php = """add_filter('wp_insert_post_data', function ($data) {
        if ($data['post_status'] === 'publish') $data['post_status'] = 'pending';
        return $data;
    });"""
    with site.plug_in(php), pytest.raises(PermanentFailure, match="back instead of publishing"):
        oak.publish(item, oak.prepare(item))
    assert nothing_left(site)


@pytest.mark.parametrize(
    ("role", "words"), [("contributor", "role Author"), ("subscriber", "may do too little")]
)
def test_a_user_without_rights_leaves_nothing(channel_of, site, item, role, words):
    channel = channel_of(role=role)
    with pytest.raises(PermanentFailure, match=words):
        channel.publish(item, channel.prepare(item))
    assert nothing_left(site)


CANNOT_SAY = {
    **{name: NOISE[name][0] for name in ("drop-before", "a web page", "nothing", "500", "503")},
    "401": (401, JSON, b'{"code": "rest_forbidden_context"}'),
    "403": (403, JSON, b'{"code": "rest_forbidden_context"}'),
    "no such route": (404, JSON, b'{"code": "rest_no_route"}'),
    "no such page": (404, HTML, PAGE),
    "redirect": (301, {"Location": "/elsewhere"}, b""),
    "429": (429, {}, b""),
    "no list": (200, JSON, b'{"code": "x"}'),
    "a list of nothing known": (200, JSON, b"[1]"),
}


@pytest.mark.parametrize("route", ["posts", "posts/", "media"])
def test_a_site_that_cannot_say_is_never_taken_for_a_no(lossy, proxy, site, item, route):
    references = lossy.prepare(item)
    receipt = lossy.publish(item, references)
    trash(site, references[0])
    for what in CANNOT_SAY.values():
        proxy.faults[:] = [Fault("GET", route, what)]
        with pytest.raises(RetryLater):
            lossy.find(item, (*references, "999999"))
        proxy.faults[:] = [Fault("GET", route, what)]
        if route != "posts":
            with pytest.raises(RetryLater):
                lossy.is_up(receipt)
            proxy.faults[:] = [Fault("GET", route, what)]
            with pytest.raises(RetryLater):
                lossy.look(receipt)


def test_a_revoked_password_is_never_taken_for_a_no(oak, site, item):
    """WordPress then takes Gatekeeper for a visitor, who sees no drafts and no bin."""
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    site.sql("UPDATE wp_usermeta SET meta_key='off' WHERE meta_key='_application_passwords'")
    try:
        for call in (
            lambda: oak.find(item, references),
            lambda: oak.is_up(receipt),
            lambda: oak.look(receipt),
            lambda: oak.find(item, ()),
        ):
            with pytest.raises(RetryLater, match="application password"):
                call()
        with pytest.raises(PermanentFailure, match="application password"):
            oak.take_down(receipt)
    finally:
        site.sql("UPDATE wp_usermeta SET meta_key='_application_passwords' WHERE meta_key='off'")
    assert oak.is_up(receipt)


@pytest.mark.parametrize("step", ["media/", "posts/"])
@pytest.mark.parametrize("what", ["drop-after", (200, HTML, PAGE)], ids=["lost", "web page"])
def test_a_take_down_that_was_cut_off_is_not_done_until_it_is(
    lossy, proxy, site, make_item, step, what
):
    item = make_item(pictures=2)
    receipt = lossy.publish(item, lossy.prepare(item))
    proxy.fault("DELETE", step, what)
    with pytest.raises(RetryLater):
        lossy.take_down(receipt)
    lossy.take_down(receipt)
    assert not lossy.is_up(receipt)
    assert nothing_left(site)


def test_a_site_that_is_off_is_for_later(channel_of, oak, item):
    references = oak.prepare(item)
    off = channel_of("http://127.0.0.1:1")
    with pytest.raises(RetryLater, match="could not be reached"):
        off.prepare(item)
    with pytest.raises(RetryLater, match="could not be reached"):
        off.find(item, references)
