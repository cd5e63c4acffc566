"""Commands on posts: what is on its way, up, lost or gone, and what can be done about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from gatekeeper.cli.records import ACTOR, JsonOption, open_configured
from gatekeeper.cli.school import ConfigOption

if TYPE_CHECKING:
    from sqlmodel import Session

    from gatekeeper_queue.models import Post

posts = typer.Typer(help="What is scheduled, live or gone.", no_args_is_help=True)

PostArgument = Annotated[str, typer.Argument(metavar="POST", help="Its id, from `posts list`.")]

_LISTED = ("id", "submission_id", "channel", "state", "due_at", "url", "last_error", "drift")


@posts.command("list")
def posts_list(
    config: ConfigOption = None,
    state: Annotated[str | None, typer.Option(help="Only posts in this state.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List posts, newest first."""
    from sqlmodel import col, select

    from gatekeeper_queue.models import Post
    from gatekeeper_queue.states import PostState

    if state is not None and state not in set(PostState):
        typer.echo(f"There is no state {state}. Choose: {', '.join(PostState)}.", err=True)
        raise typer.Exit(2)
    with open_configured(config).database.read() as session:
        query = select(Post).order_by(col(Post.due_at).desc())
        rows = session.exec(query.where(Post.state == state) if state else query).all()
    if not rows and not as_json:
        typer.echo("There is no such post.")
    for post in rows:
        if as_json:
            typer.echo(post.model_dump_json(include=set(_LISTED)))
        else:
            due = f"{post.due_at:%Y-%m-%d %H:%M}"
            typer.echo(f"{post.id}  {post.state:10} {post.channel:8} {due} {post.url}")


@posts.command("show")
def posts_show(
    post_id: PostArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show one post with what happened to it, oldest first."""
    from sqlmodel import col, select

    from gatekeeper_queue.models import AuditEvent
    from gatekeeper_queue.strays import strays_of

    with open_configured(config).database.read() as session:
        post = _post(session, post_id)
        strays = [stray.url for stray in strays_of(session, post.id)]
        query = select(AuditEvent).where(AuditEvent.subject == post.id)
        events = session.exec(query.order_by(col(AuditEvent.seq))).all()
    shown = post.model_dump(mode="json", exclude={"removal_reason"}) | {"copies": strays}
    history = [
        {"at": event.at.isoformat(), "who": event.actor, "kind": event.kind}
        | {"data": json.loads(event.data)}
        for event in events
    ]
    if as_json:
        typer.echo(json.dumps(shown | {"history": history}, ensure_ascii=False))
        return
    for name, value in shown.items():
        if value not in ("", None, []):
            typer.echo(f"{name:16} {', '.join(value) if isinstance(value, list) else value}")
    for event in events:
        typer.echo(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind:22} {event.data}")


@posts.command("takedown")
def posts_takedown(
    post_id: PostArgument,
    reason: Annotated[str, typer.Option(help="Why; stays with the post.")],
    config: ConfigOption = None,
) -> None:
    """Take a post down. The worker removes it and looks until it is gone."""
    from gatekeeper_queue.models import Submission
    from gatekeeper_queue.removal import ask_removal

    school = open_configured(config)
    with school.database.write() as session:
        post = _post(session, post_id)
        session.get_one(Submission, post.submission_id).needs_person = True
        ask_removal(school, session, post, actor=ACTOR, reason="asked for", note=reason)
        typer.echo(f"{post.id} is {post.state} now.")


@posts.command("retry")
def posts_retry(post_id: PostArgument, config: ConfigOption = None) -> None:
    """Have the worker try a post again now. What may be up is looked for first."""
    from gatekeeper_queue.operating import CannotOperate, retry

    school = open_configured(config)
    try:
        with school.database.write() as session:
            post = _post(session, post_id)
            retry(school, session, post, actor=ACTOR)
            typer.echo(f"{post.id} is {post.state}; the worker takes it up now.")
    except CannotOperate as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@posts.command("reconcile")
def posts_reconcile(
    post_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[POST]...", help="Without: all that are lost.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look posts up on their channels now, and write down what is found.

    Nothing is sent by it. Exit code 1 where something is still lost or not as it should be.
    """
    from gatekeeper.composition import open_school
    from gatekeeper.progress import counting
    from gatekeeper.reconciling import lost_posts, reconcile
    from gatekeeper.settings import load_settings

    settings = load_settings(config)
    school = open_school(settings)
    with school.database.read() as session:
        found = [_post(session, one) for one in post_ids] if post_ids else lost_posts(session)
    wrong = 0
    with counting("Looking", len(found)) as done:
        for post in found:
            outcome = reconcile(school, settings, post)
            wrong += not outcome.settled
            if as_json:
                line = {"id": post.id, "state": outcome.state, "says": outcome.says}
                typer.echo(json.dumps(line, ensure_ascii=False))
            else:
                typer.echo(f"{post.id}  {outcome.state:10} {outcome.says}")
            done()
    if not found and not as_json:
        typer.echo("No post is lost.")
    raise typer.Exit(1 if wrong else 0)


def _post(session: Session, post_id: str) -> Post:
    """The post with this id; exit code 2 where there is none."""
    from gatekeeper_queue.models import Post

    post = session.get(Post, post_id)
    if post is None:
        typer.echo(f"There is no post {post_id}.", err=True)
        raise typer.Exit(2)
    return post
