"""Programs that use the API of the small school of the pages."""

from __future__ import annotations

import pytest
from tests.gatekeeper.web.conftest import Client, TownSchool, town  # noqa: F401 - a fixture

from gatekeeper.tokens import issue
from gatekeeper_queue.models import User


def token_of(town: TownSchool, user_id: str, *, may_write: bool = True, days: int = 30) -> str:  # noqa: F811
    with town.school.database.write() as session:
        user = session.get_one(User, user_id)
        return issue(town.school, session, user, name="A program", may_write=may_write, days=days)


class Program(Client):
    """A program with a token, and no cookies."""

    def __init__(self, town: TownSchool, token: str) -> None:  # noqa: F811
        super().__init__(town, None)
        self.base_url = self.base_url.join("/api/v1/")
        if token:
            self.headers["Authorization"] = f"Bearer {token}"


@pytest.fixture
def program(town):  # noqa: F811
    """A program of the person with this id."""
    return lambda user_id, **more: Program(town, token_of(town, user_id, **more))
