import pytest
from cryptography.fernet import InvalidToken

from gatekeeper_consent.forms import (
    MAX_BYTES,
    DamagedForm,
    UnusableForm,
    add_form,
    read_form,
)
from gatekeeper_consent.ports import UnknownForm, UnknownPerson

PDF = b"%PDF-1.4\nsigned by Aoife"


def add(school, data=PDF, name="form.pdf", pupil_id="p1"):
    return add_form(
        school.session, school.cipher, pupil_id, name, data,
        added_by="office", now=school.now, record=school.record,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"%PDF-" + b"x" * (MAX_BYTES - 5), "application/pdf"),
    ],
)
def test_a_scan_comes_back_as_it_was(loaded, data, media_type):
    form = add(loaded, data, name="whatever.exe")
    assert form.media_type == media_type
    assert data[:20] not in form.content
    assert read_form(loaded.session, loaded.cipher, form.id) == (form, data)
    assert loaded.events == [("form.added", "p1", {"form": form.id, "sha256": form.sha256})]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"%PDF-" + b"x" * (MAX_BYTES - 4), "5 MB"),
        (b"<html>", "PDF, JPEG or PNG"),
        (b"GIF89a", "PDF, JPEG or PNG"),
        (b" %PDF-1.4", "PDF, JPEG or PNG"),
        (b"PK\x03\x04", "PDF, JPEG or PNG"),
    ],
)
def test_what_is_no_scan_is_refused(loaded, data, says):
    with pytest.raises(UnusableForm, match=says):
        add(loaded, data)
    assert loaded.events == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\scans\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("", "form"),
        ("x" * 300, "x" * 100),
    ],
)
def test_only_the_name_of_the_file_is_kept(loaded, name, kept):
    assert add(loaded, name=name).name == kept


def test_a_changed_scan_is_not_given_back(loaded):
    form = add(loaded)
    form.content = loaded.cipher.encrypt(PDF + b"!")
    with pytest.raises(DamagedForm):
        read_form(loaded.session, loaded.cipher, form.id)
    form.content = PDF
    with pytest.raises(InvalidToken):
        read_form(loaded.session, loaded.cipher, form.id)


def test_forms_of_nobody(loaded):
    with pytest.raises(UnknownPerson):
        add(loaded, pupil_id="p9")
    with pytest.raises(UnknownForm):
        read_form(loaded.session, loaded.cipher, "f0")
