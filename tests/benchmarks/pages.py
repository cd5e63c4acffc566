"""How long each page takes in a large school, against the same page in one like the demo's.

    python tests/benchmarks/pages.py [--submissions N] [--pupils N] [--times N] [--only WORD]

Two invented schools (`large_school`) in one run, each page by each role that may see it; shown is
the role that waits longest. Milliseconds of processor time of the whole request, the median of
several, so that other work on the machine does not count; the first request, which fills the
caches of the templates and of SQLAlchemy, is left out. The size is that of the HTML.
"""

from __future__ import annotations

import argparse
import asyncio
import runpy
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from httpx import ASGITransport, AsyncClient
from large_school import NOW, PASSWORD, TERM, fill

from gatekeeper.composition import open_school
from gatekeeper.keys import make_key_file
from gatekeeper.settings import Settings
from gatekeeper.signin import sign_in
from gatekeeper.web import create_app
from gatekeeper.web.security import COOKIE
from gatekeeper_queue.models import User
from gatekeeper_queue.sampling import draw

ACCESS = Path(__file__).parents[1] / "gatekeeper/web/test_access.py"
HERE = {"/p1": "/A00001", "/flagged": "/s1", "/posts/post": "/posts/website11"}
"""What the pupil, the submission and the post of the table are called here."""

STAFF = ("teacher", "coordinator", "office", "head")
MORE = {
    "/submissions/s1": ("teacher", "head"),
    "/submissions/s11": ("teacher", "head"),
    "/posts/website11/take-down": ("teacher", "head"),
    "/register?q=given4": STAFF,
    "/register?class=1K": STAFF,
    "/register?show=not-answered": ("office",),
    "/register?show=refused": ("office",),
    "/register?show=refused&use=twitter": ("office",),
    "/register?show=expires": ("office",),
    "/register?show=never-publish": ("office",),
    "/register?show=no-face": ("office",),
    "/parents?q=family4": ("office",),
}


class Measured(NamedTuple):
    """One page of one school."""

    ms: float
    size: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--pupils", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--only", default="", help="only pages with this in their address")
    wanted = parser.parse_args()
    pages = [page for page in visits() if wanted.only in page[0]]
    small = measure(13, 60, pages, wanted.times)
    large = measure(wanted.submissions, wanted.pupils, pages, wanted.times)
    print("| page | role | small, ms | large, ms | ratio | large, kB |\n|---|---|---|---|---|---|")
    for path in dict.fromkeys(path for path, _ in pages):
        _, role = max((page for page in large if page[0] == path), key=lambda page: large[page].ms)
        before, after = small[path, role], large[path, role]
        print(
            f"| {path} | {role} | {before.ms:.1f} | {after.ms:.1f} "
            f"| {after.ms / before.ms:.1f} | {after.size / 1000:.0f} |"
        )


def visits() -> Iterator[tuple[str, str]]:
    """Each page that the table of the tests names, and a few more, with each role."""
    table = runpy.run_path(str(ACCESS))["PAGES"]
    for path, roles in {**table, **MORE}.items():
        for name, here in HERE.items():
            path = path.replace(name, here)
        yield from ((path, role) for role in roles)


def measure(
    submissions: int, pupils: int, pages: list[tuple[str, str]], times: int
) -> dict[tuple[str, str], Measured]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        make_key_file(settings)
        school = open_school(settings, lambda: NOW)
        fill(school, submissions, pupils)
        with school.database.write() as session:
            draw(school, session, session.get_one(User, "head"), TERM)
        app, found = create_app(school, settings), {}
        roles = {role for _, role in pages}
        tokens = {role: sign_in(school, f"{role}@school.example", PASSWORD, "") for role in roles}

        async def look_at_all() -> None:
            for path, role in pages:
                async with AsyncClient(
                    transport=ASGITransport(app),
                    base_url="https://school.example",
                    cookies={COOKIE: tokens[role]},
                ) as client:
                    found[path, role] = await _look(client, path, times)

        asyncio.run(look_at_all())
        school.database.close()
    return found


async def _look(client: AsyncClient, path: str, times: int) -> Measured:
    taken = []
    for _ in range(times + 1):
        start = time.process_time()
        response = await client.get(path)
        taken.append(time.process_time() - start)
        if response.status_code not in (200, 303):
            raise SystemExit(f"{path} answers {response.status_code}.")
    return Measured(median(taken[1:]) * 1000, len(response.content))


if __name__ == "__main__":
    main()
