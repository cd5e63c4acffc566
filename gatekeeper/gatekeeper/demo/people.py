"""The demo's staff accounts and X accounts. Passwords and tokens are made at each start."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from gatekeeper.sandbox_x import SandboxUser
from gatekeeper.signin import add_user
from gatekeeper_consent.guardians import add_guardian
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import Role
from gatekeeper_queue.school import School
from gatekeeper_queue.training import KINDS, keep_record


@dataclass(frozen=True)
class DemoPeople:
    """One person per role, a second teacher without Twitter training, and the accounts."""

    teacher: User
    new_teacher: User
    coordinator: User
    office: User
    head: User
    governor: User
    technician: User
    parent: User
    password: str
    accounts: tuple[Account, ...]

    @property
    def all(self) -> tuple[User, ...]:
        return (
            self.teacher,
            self.new_teacher,
            self.coordinator,
            self.office,
            self.head,
            self.governor,
            self.technician,
            self.parent,
        )


def add_people(school: School, users: Sequence[SandboxUser]) -> DemoPeople:
    """Add the accounts of people and channels."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    recently = school.today() - timedelta(days=60)

    with school.database.write() as session:

        def person(
            name: str, email: str, role: Role, *, trained: bool = False, guardian: str | None = None
        ) -> User:
            added = add_user(
                school,
                session,
                actor=SYSTEM,
                email=f"{email}@bramblewood.example",
                name=name,
                role=role,
                password=password,
                guardian_id=guardian,
            )
            for kind in KINDS if trained else ():
                keep_record(school, session, SYSTEM, added.id, kind, recently, school.aup.version)
            return added

        teacher = person("Miss Prosser", "teacher", Role.TEACHER, trained=True)
        new_teacher = person("Mr Tan-Hughes", "new.teacher", Role.TEACHER)
        coordinator = person("Mrs Kapadia", "coordinator", Role.COORDINATOR, trained=True)
        office = person("Mr Winstanley", "office", Role.OFFICE)
        head = person("Ms Castlereigh", "head", Role.HEAD, trained=True)
        governor = person("Dr Ferreira-Boyd", "governor", Role.GOVERNOR)
        technician = person("Mr Achterberg", "technician", Role.TECHNICIAN)
        guardian = add_guardian(
            session,
            "Mrs Strathearn",
            "parent@bramblewood.example",
            recorded_by=office.id,
            now=school.clock(),
            record=partial(school.audit.append, session, office.id),
        )
        parent = person("Mrs Strathearn", "parent", Role.PARENT, guardian=guardian.id)
        accounts = tuple(
            _account(school, user, owner)
            for user, owner in zip(users, (head, teacher), strict=True)
        )
        session.add_all(accounts)
    return DemoPeople(
        teacher,
        new_teacher,
        coordinator,
        office,
        head,
        governor,
        technician,
        parent,
        password,
        accounts,
    )


def _account(school: School, user: SandboxUser, owner: User) -> Account:
    tokens = {
        "consumer_key": user.consumer_key,
        "consumer_secret": user.consumer_secret,
        "access_token": user.access_token,
        "access_token_secret": user.access_token_secret,
    }
    return Account(
        channel="twitter",
        handle=user.username,
        owner_id=owner.id,
        email="twitter@bramblewood.example",
        secrets=school.cipher.encrypt(json.dumps(tokens).encode()),
    )
