"""What a technician types to import and export the register."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.cli.problems import message_for
from gatekeeper.composition import open_school
from gatekeeper.settings import load_settings
from gatekeeper_consent.exports.mapping import save_mapping
from gatekeeper_consent.models import BiometricConsent, Pupil, ReferenceFace, RollImport
from gatekeeper_queue.models import AuditEvent

HEADINGS = ("UPN", "Surname", "Forename", "Reg Group", "Photos on the website")
COLUMNS = {
    "pupil_id": "UPN",
    "last_name": "Surname",
    "first_name": "Forename",
    "class": "Reg Group",
    "consent_website_group": "Photos on the website",
}
EXPORT = ",".join(HEADINGS) + "\nA1,Hare,Zoë,5K,Yes\nA2,Osei,Ben,4H,No\n=A3,Low,-Al,4H,\n"
FOLDER = {
    "roll.csv": "pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
    "A1,Zoë,,Hare,,5K,\nA2,Ben,,Osei,,4H,\n",
    "consents.csv": "pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
    "A1,website,group,yes,mother,2025-09-03,,\nA2,twitter,group,no,father,2025-09-04,,\n",
    "biometric.csv": "pupil_id,given_by,given_on,child_refused,withdrawn_on\n"
    "A1,mother,2025-09-03,no,\n",
    "staff.csv": "staff_id,title,first_name,last_name\ns1,Ms,Dana,Whitlock\n",
}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "gatekeeper.toml"
    path.write_text(f"data = '{tmp_path / 'data'}'\n", encoding="utf-8")
    words = ("--email", "head@school.example", "--name", "Ms Head", "--role", "head")
    made = run(path, "init", *words, "--password", "correct horse battery")
    assert made.exit_code == 0, made.output
    return path


@pytest.fixture
def export(tmp_path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(EXPORT.replace("=A3", "A3"), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "register"
    path.mkdir()
    for name, text in FOLDER.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def run(config, *words):
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)])


def with_school(config, use):
    school = open_school(load_settings(config))
    try:
        with school.database.write() as session:
            return use(school, session)
    finally:
        school.database.close()


def number(config, table) -> int:
    query = select(func.count()).select_from(table)
    return with_school(config, lambda school, session: session.exec(query).one())


def save(config, name="SIMS") -> None:
    with_school(
        config,
        lambda school, session: save_mapping(
            session, name, COLUMNS, HEADINGS, saved_by="office", now=school.clock(),
            record=lambda *_: None,
        ),
    )  # fmt: skip


def test_an_export_whose_columns_nobody_named_is_refused(config, export):
    refused = message_for(run(config, "register", "import", export).exception)
    assert "The columns are not known" in refused
    assert number(config, Pupil) == 0


@pytest.mark.parametrize("words", [(), ("--mapping", "SIMS")])
def test_an_export_with_known_columns(config, export, words):
    save(config)
    done = run(config, "register", "import", export, *words)
    assert done.exit_code == 0, done.exception
    assert "Pupils: 3 new, 0 changed, 0 left" in done.stdout
    assert "New permission for website: 1." in done.stdout
    assert "Hare" not in done.stdout
    assert (number(config, Pupil), number(config, RollImport)) == (3, 1)


def test_a_mapping_that_nobody_saved(config, export):
    save(config)
    refused = message_for(run(config, "register", "import", export, "--mapping", "Arbor").exception)
    assert "“Arbor”" in refused
    assert "Saved are: “SIMS”" in refused


def test_a_file_that_is_no_table(config, tmp_path):
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))
    refused = run(config, "register", "import", tmp_path / "old.xls")
    assert "old format" in message_for(refused.exception)


@pytest.mark.parametrize("kind", ["export", "folder"])
def test_a_preview_changes_nothing(config, kind, request):
    save(config)
    events = number(config, AuditEvent)
    done = run(config, "register", "import", request.getfixturevalue(kind), "--preview")
    assert "This is a preview; nothing was changed." in done.stdout
    assert "new, 0 changed" in done.stdout
    assert (number(config, Pupil), number(config, RollImport)) == (0, 0)
    assert number(config, AuditEvent) == events


def test_losing_most_of_the_roll_is_previewed_and_must_be_confirmed(config, export):
    save(config)
    run(config, "register", "import", export)
    export.write_text("\n".join(EXPORT.splitlines()[:2]), encoding="utf-8")
    preview = run(config, "register", "import", export, "--preview")
    assert "This would remove 2 of 3 children on the roll." in preview.stdout
    refused = run(config, "register", "import", export)
    assert "--confirm-removals" in message_for(refused.exception)
    assert run(config, "register", "import", export, "--confirm-removals").exit_code == 0


def test_exported_and_imported_it_is_the_same_folder_again(config, folder, tmp_path):
    assert run(config, "register", "import", folder).exit_code == 0
    picture = b"\xff\xd8 a picture"

    def learn(school, session):
        session.add(
            ReferenceFace(
                person_id="A1", picture=school.cipher.encrypt(picture), digest="0" * 64,
                added_at=school.clock(),
            )
        )  # fmt: skip

    with_school(config, learn)
    first, second = tmp_path / "first", tmp_path / "second"
    assert "with what goes with them: 2." in run(config, "register", "export", first).stdout
    assert [path.read_bytes() for path in sorted((first / "faces" / "A1").iterdir())] == [picture]
    before = number(config, BiometricConsent)
    again = run(config, "register", "import", first)
    assert again.exit_code == 0, again.exception
    assert "Pupils: 0 new, 0 changed, 0 left." in again.stdout
    assert number(config, BiometricConsent) == before
    assert run(config, "register", "export", second).exit_code == 0
    same, different, unreadable = filecmp.cmpfiles(first, second, FOLDER, shallow=False)
    assert (sorted(same), different, unreadable) == (sorted(FOLDER), [], [])


def test_an_export_never_goes_over_another(config, folder):
    refused = run(config, "register", "export", folder)
    assert (refused.exit_code, "not empty" in refused.stderr) == (2, True)
