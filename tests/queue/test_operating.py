"""What a person does about a post that failed: what may be up is looked for first."""

from __future__ import annotations

import pytest

from gatekeeper_queue.models import Post
from gatekeeper_queue.operating import may_be_settled, retry


@pytest.mark.parametrize(
    ("sends", "references", "tried"),
    [(0, [], False), (1, ["media-1"], True), (1, [], True), (0, ["media-1"], True)],
)
def test_what_may_have_been_sent_is_looked_for_before_it_is_sent(desk, sends, references, tried):
    """Also what has references alone: it is from before sends were counted."""
    (post_id,) = desk.approved()
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        post.state, post.sends, post.references = "failed", sends, references
        session.flush()
        assert may_be_settled(post) is tried
        retry(desk.school, session, post, actor="test")
    assert desk.post(post_id).state == ("unknown" if tried else "scheduled")
