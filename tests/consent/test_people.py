import pytest

from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import pupils, search_people, staff


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zoe", ["p1"]),
        ("ZOË", ["p1"]),
        ("o'h", ["p1"]),
        ("hare", ["p1"]),
        ("ben os", ["p2"]),
        ("benjamin", ["p2"]),
        ("osei ben", ["p2"]),
        ("4h", ["p2", "p1"]),
        ("p3", ["p3"]),
        ("whit", ["s1"]),
        ("njamin", []),
        ("ben nwosu", []),
        ("%", []),
        ("", []),
        ("   ", []),
    ],
)
def test_search(loaded, text, found):
    assert [person.person_id for person in search_people(loaded.session, text)] == found


def test_search_is_limited_and_leaves_leavers_out(loaded):
    assert len(search_people(loaded.session, "p", limit=2)) == 2
    loaded.session.get(Pupil, "p1").left_on = loaded.now.date()
    assert search_people(loaded.session, "zoe") == []
    (person,) = search_people(loaded.session, "zoe", leavers=True)
    assert (person.name, person.left) == ("Zoë O'Hare", True)


def test_lists(loaded):
    loaded.session.get(Pupil, "p1").left_on = loaded.now.date()
    assert [pupil.pupil_id for pupil in pupils(loaded.session)] == ["p2", "p3"]
    assert [pupil.pupil_id for pupil in pupils(loaded.session, leavers=True)] == ["p1", "p2", "p3"]
    assert [member.staff_id for member in staff(loaded.session)] == ["s1"]
