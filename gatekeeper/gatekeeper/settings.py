"""Settings: a TOML file, the environment, and secrets from files.

`GATEKEEPER_<NAME>` overrides the file; `GATEKEEPER_<NAME>_FILE` names a file that holds the
value (for secrets). Unknown keys are errors.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gatekeeper.timing import (
    WEEKDAYS,
    DaysRow,
    Hours,
    Part,
    SlotRow,
    Weekday,
    school_days,
    slots_of,
)

PREFIX = "GATEKEEPER_"
FILE_NAME = "gatekeeper.toml"


class SettingsError(Exception):
    """The settings cannot be used; the message says what to change."""


class Settings(BaseSettings):
    """Everything that a technician sets. Paths are relative to the data folder."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Path = Path("gatekeeper-data")
    """Folder of the database, the pictures and the key file."""
    database_url: str = ""
    """SQLAlchemy URL; empty: a SQLite file in the data folder."""
    key: SecretStr = SecretStr("")
    """Encryption keys, newest first, separated by commas; empty: the key file."""
    school_name: str = "Our school"
    time_zone: str = "Europe/London"
    policy: Path | None = None
    """The school's policy file; None: the standard preset."""
    aup: Path | None = None
    """The acceptable use policy that staff sign; None: the one that is shipped."""
    school_domains: tuple[str, ...] = ()
    """Domains of the school's e-mail addresses; an account with another address is refused."""
    badge: Path | None = None
    """A picture of the school's badge, as the accounts' profile pictures show it."""
    models: Path | None = None
    """Folder with the weights of a second face engine; None: dlib alone."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = ""
    """Address under which visitors reach the news pages; empty: made from host and port."""
    embed_on: tuple[Annotated[str, Field(pattern=r"^https://[\w.-]+(:\d+)?$")], ...] = ()
    """Sites whose pages may show the list of news in a frame (/news/list)."""
    secure_cookies: bool = True
    """Send the sign-in cookie over HTTPS only. Off only for a trial on this computer."""
    workers: int = Field(default=0, ge=0, le=64)
    """Processes that search for faces; 0: one for each core, at most four."""
    face_seconds: float = Field(default=60, gt=0)
    """Longest time for the search in one picture, in seconds."""
    slot_spacing_minutes: int = Field(default=15, ge=0)
    slot_opens: int = Field(default=7, ge=0, le=23)
    slot_closes: int = Field(default=20, ge=1, le=24)
    quiet_hours: tuple[Hours, ...] = ()
    """Times of day within these hours at which nothing is sent."""
    slots: tuple[SlotRow, ...] = ()
    """What differs on one channel or account."""
    school_weekdays: tuple[Weekday, ...] = Field(default=WEEKDAYS[:5], min_length=1)
    """Days of the week on which the school is open."""
    terms: tuple[DaysRow, ...] = ()
    holidays: tuple[DaysRow, ...] = ()
    """Half-terms, and other days off within a term."""
    inset_days: tuple[date, ...] = ()
    bank_holidays: Part = "england"
    """The part of the UK whose bank holidays count."""
    post_on_closed_days: bool = False
    """Send also at weekends, in holidays and on inset days."""
    approval_days: int = Field(default=30, ge=1, le=366)
    """After so long an approval that was not used asks a person again."""
    late_hours: int = Field(default=24, ge=1)
    """A post that could not go out for so long after its time asks a person again."""
    own_news: bool = True
    """What goes to the website is shown on this installation's news pages too."""
    x_base_url: str = ""
    """Where the X interface is; empty: the real one. The demo points it at its sandbox."""
    x_media: Literal["v2", "v1.1"] = "v2"
    """Through which version of X's interface pictures are sent."""
    mail_url: SecretStr = SecretStr("")
    """Apprise address by which people are mailed; the recipient is added. Empty: no mail."""
    esafety_urls: SecretStr = SecretStr("")
    """Apprise addresses for serious notices (P21), separated by spaces."""
    settle_seconds: float = Field(default=30, gt=0)
    """How long a lost post may take to show before it counts as absent, in seconds."""
    removal_alarm_minutes: int = Field(default=10, ge=1)
    """After so long a removal that does not hold is told to the coordinator and the head."""

    reenrol_days: int = Field(default=365, ge=30)
    """After so long the office is asked for new reference pictures of a face."""
    backup_days: int = Field(default=30, ge=1)
    """How long the school keeps a backup; the pages say so where something is deleted."""
    keep_originals_days: int = Field(default=30, ge=1)
    """Encrypted originals, after the last post of it went live."""
    keep_stopped_days: int = Field(default=90, ge=1)
    """What was rejected, sent back or discarded, after its last change."""
    keep_removed_days: int = Field(default=180, ge=1)
    """What was taken down or never sent, after its last post was over."""
    keep_unreferred_days: int = Field(default=7, ge=1)
    """Picture files that nothing refers to any more."""
    keep_drafts_days: int = Field(default=1, ge=1)
    """Uploaded exports of the roll that nobody confirmed."""
    keep_likenesses_days: int = Field(default=1095, ge=1)
    """What stopped pictures look like."""
    keep_notices_days: int = Field(default=180, ge=1)
    keep_sign_ins_days: int = Field(default=90, ge=1)
    live_days: int = Field(default=365, ge=0)
    """After so many days somebody has to say that a live post may stay; 0: never."""
    live_answer_days: int = Field(default=14, ge=1)
    """Without an answer within so many days it is taken down."""

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone '{name}'; try Europe/London") from error
        return name

    @model_validator(mode="after")
    def _leaves_time(self) -> Settings:
        slots_of(self)
        school_days(self)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings, init_settings)  # the environment beats the file

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        """Where people reach the pages, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def mails_people(self) -> bool:
        """Are notices mailed to people, besides being shown to them?"""
        return bool(self.mail_url.get_secret_value())

    @property
    def url_of_database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'gatekeeper.db').resolve()}"

    @property
    def key_file(self) -> Path:
        return self.data / "key"


def load_settings(file: Path | None = None, **overrides: Any) -> Settings:
    """Settings from `file` (or `gatekeeper.toml` here, where there is one) and the environment.

    Raises `SettingsError` with a message for the technician.
    """
    values: dict[str, Any] = {}
    path = file or Path(os.environ.get(f"{PREFIX}CONFIG", FILE_NAME))
    if file is not None or path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"The settings file {path} cannot be read: {error}") from error
    values.update(_secrets_from_files(os.environ))
    values.update(overrides)
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The setting '{where}': {first['msg']} (file {path}).") from error


def _secrets_from_files(environment: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for name, path in environment.items():
        field = name.removeprefix(PREFIX).removesuffix("_FILE").lower()
        if name.startswith(PREFIX) and name.endswith("_FILE") and field in Settings.model_fields:
            try:
                values[field] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name} names a file that cannot be read: {error}") from error
    return values
