"""The composition root: settings in, working parts out. Nothing is made at import."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.channels import platform_called
from gatekeeper.channels.own_pages.channel import ParentsChannel, WebsiteChannel
from gatekeeper.keeping import periods_of
from gatekeeper.keys import audit_key, check_key, cipher_from, keys_of
from gatekeeper.migrations import migrate
from gatekeeper.settings import Settings, SettingsError
from gatekeeper.timing import school_days, slots_of
from gatekeeper_detectors.faces.engine import FaceEngine
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.policy import Policy, PolicyError, load_policy
from gatekeeper_queue.acceptable_use import AcceptableUse
from gatekeeper_queue.audit import SYSTEM, AuditLog
from gatekeeper_queue.channel import Channel, PermanentFailure
from gatekeeper_queue.database import Database
from gatekeeper_queue.models import Account, Post
from gatekeeper_queue.policy_changes import note_policy
from gatekeeper_queue.removal import OpenChannel
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState
from gatekeeper_queue.store import PictureStore


def utc_now() -> datetime:
    return datetime.now(UTC)


def config_folder() -> Path:
    """The shipped configuration: inside the installed package, or at the root of a checkout."""
    installed = Path(__file__).parent / "_config"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "config"


def policy_from(path: Path | None) -> Policy:
    """The school's policy file, or the standard preset.

    `path` may also be the bare name of a preset ("cautious"). Raises `PolicyError`.
    """
    presets = config_folder() / "policies"
    if path is None:
        return _preset(presets / "standard.toml")
    preset = presets / f"{path}.toml"
    if not path.exists() and path.parent == Path() and preset.exists():
        return _preset(preset)
    if not path.exists():
        names = ", ".join(sorted(file.stem for file in presets.glob("*.toml")))
        raise PolicyError(f"There is no policy file {path}. The presets are: {names}.")
    return load_policy(path)


def _preset(file: Path) -> Policy:
    """A preset is the school's decision by its name: what is in it comes with the software."""
    return replace(load_policy(file), decision=f"preset {file.stem}")


def acceptable_use_from(path: Path | None) -> AcceptableUse:
    """The school's own policy for Twitter, or the one that is shipped. Raises `SettingsError`."""
    file = path or config_folder() / "acceptable-use.md"
    try:
        found = AcceptableUse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The setting 'aup': {file} cannot be read: {error}") from error
    if not found.version:
        raise SettingsError(f"The setting 'aup': {file} is empty.")
    return found


def thresholds_for(policy: Policy, engine: FaceEngine) -> Thresholds:
    """The engine's thresholds: the school's own calibration's where its policy names one, and
    stricter where the policy says so.

    Raises `PolicyError` where it would make them weaker, or the calibration is for another
    engine.
    """
    calibrated, wanted, own = engine.thresholds, policy.faces, policy.calibration
    if own is not None:
        if (own.engine, own.version) != (engine.name, engine.version):
            raise PolicyError(
                f"The calibration is for the engine {own.engine} {own.version}, but "
                f"{engine.name} {engine.version} is in use. Run 'gatekeeper calibrate' again."
            )
        calibrated = calibrated.calibrated(own.strict, own.margin)
    if wanted.strict is not None and wanted.strict > calibrated.strict:
        raise PolicyError(f"faces.strict can be at most {calibrated.strict}, as calibrated.")
    if wanted.margin is not None and wanted.margin < calibrated.margin:
        raise PolicyError(f"faces.margin can be no less than {calibrated.margin}, as calibrated.")
    return calibrated.adjusted(wanted.strict, wanted.margin)


def open_school(settings: Settings, clock: Callable[[], datetime] = utc_now) -> School:
    """Open the school's data: check the key, bring the schema up to date.

    Raises `KeyProblem`, `SchemaProblem`, `PolicyError` or `SettingsError`, each before anything
    is changed.
    """
    keys = keys_of(settings)
    cipher = cipher_from(keys)
    policy, acceptable_use = policy_from(settings.policy), acceptable_use_from(settings.aup)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.url_of_database)
    migrate(database)
    school = School(
        database=database,
        store=PictureStore(settings.data, cipher),
        cipher=cipher,
        audit=AuditLog(audit_key(keys), clock),
        policy=policy,
        clock=clock,
        zone=settings.zone,
        slots=slots_of(settings),
        days=school_days(settings),
        periods=periods_of(settings),
        own_news=settings.own_news,
        aup=acceptable_use,
    )
    with database.write() as session:
        if check_key(session, cipher):
            school.audit.append(session, SYSTEM, "school.made", "school", {})
        note_policy(school, session)
    return school


def channel_opener(school: School, settings: Settings) -> OpenChannel:
    """How a post finds its channel and account."""

    def open_channel(post: Post) -> Channel:
        if post.account_id is None:
            own = ParentsChannel if post.channel == "parents" else WebsiteChannel
            return own(school.database, settings.address, school.clock)
        with school.database.read() as session:
            account = session.get(Account, post.account_id)
        sending = post.state in (PostState.SCHEDULED, PostState.SENDING)
        if account is None or (sending and not account.active):
            raise PermanentFailure("The account to post from is missing or switched off.")
        return open_account(school, settings, account)

    return open_channel


def open_account(school: School, settings: Settings, account: Account) -> Channel:
    """The channel for one account, with its decrypted keys. Raises `PermanentFailure`."""
    platform = platform_called(account.platform)
    if platform is None:
        raise PermanentFailure(f"This version cannot post to {account.platform}.")
    keys = json.loads(school.cipher.decrypt(account.secrets))
    return platform.open(keys, school, settings)


def face_workers(settings: Settings) -> int:
    return settings.workers or min(os.cpu_count() or 1, 4)


def set_up_logging(level: int = logging.INFO) -> None:
    """Plain lines on stderr. Libraries that log bodies or tokens at DEBUG stay above it."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("tweepy", "requests_oauthlib", "oauthlib", "urllib3", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A tick that finds the one before still at work is skipped, and says so at WARNING.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
