"""The sandbox keeps its state over a restart when it is told where, and listens only here."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import requests
from requests_oauthlib import OAuth1

from gatekeeper.sandbox_x import SandboxUser, SandboxX

JPEG = b"\xff\xd8\xff a picture"

CHILD = """
import sys
from gatekeeper.sandbox_x import SandboxUser, serve
serve(int(sys.argv[1]), [SandboxUser.new("oak_school", "Oak School")])
"""


def signed(sandbox: SandboxX, method: str, path: str, **body: object) -> requests.Response:
    user = sandbox.users[0]
    keys = (user.consumer_key, user.consumer_secret, user.access_token, user.access_token_secret)
    with requests.Session() as session:
        session.trust_env = False
        url = f"https://api.x.com{path}"
        request = session.prepare_request(requests.Request(method, url, auth=OAuth1(*keys), **body))
        request.headers["Host"] = "api.x.com"
        request.url = f"{sandbox.url}{path}"
        return session.send(request, timeout=10)


@pytest.mark.parametrize("kept", [True, False])
def test_state_survives_a_restart_only_with_a_file(tmp_path, kept):
    users = [SandboxUser.new("oak_school", "Oak School")]
    path = tmp_path / "x.sqlite" if kept else None
    with SandboxX(users, path) as first:
        files = {"media": ("picture.jpg", JPEG, "image/jpeg")}
        category = {"media_category": "tweet_image"}
        uploaded = signed(first, "POST", "/2/media/upload", data=category, files=files)
        media = uploaded.json()["data"]["id"]
        body = {"text": "Hello", "media": {"media_ids": [media]}}
        number = signed(first, "POST", "/2/tweets", json=body).json()["data"]["id"]
        before = first.state()
    with SandboxX(users, path) as second:
        after = second.state()
        found = signed(second, "GET", f"/2/tweets/{number}")
        shown = requests.get(f"{second.url}/media/{media}.jpg", timeout=10)
    assert (after["tweets"] == before["tweets"]) is kept
    assert found.status_code == (200 if kept else 404)
    assert (shown.content == JPEG) is kept


def test_a_process_of_its_own_listens_on_loopback_until_it_is_told_to_end():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(port)], stderr=subprocess.PIPE)
    try:
        adapter = requests.adapters.HTTPAdapter(
            max_retries=requests.packages.urllib3.util.Retry(connect=12, backoff_factor=0.1)
        )
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", adapter)
            page = session.get(f"http://127.0.0.1:{port}/", timeout=10)
        assert "Oak School" in page.text
    finally:
        child.terminate()
        _, complaints = child.communicate(timeout=10)
    assert complaints == b""
