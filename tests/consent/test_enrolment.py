from dataclasses import replace

from gatekeeper_consent.contents import FacePicture
from gatekeeper_consent.enrolment import Unused, enrol
from gatekeeper_consent.faces import templates


def pictures(school, **people: list[bytes]) -> list[FacePicture]:
    found = []
    for person_id, jpegs in people.items():
        for number, jpeg in enumerate(jpegs):
            path = school.folders / f"{person_id}-{number}.jpg"
            path.write_bytes(jpeg)
            found.append(FacePicture(person_id, path))
    return found


def run(school, found, engine=None, **keywords):
    return enrol(
        school.session, school.cipher, found, engine or school.engine, **school.when, **keywords
    )


def test_a_folder_of_faces(loaded):
    found = pictures(loaded, p1=[b"1:1", b"0:", b"1:3", b"2:1,1"], s1=[b"1:9"], p2=[b"1:4"])
    found.append(FacePicture("s1", loaded.folders / "gone.jpg"))
    told = []
    report = run(loaded, found, on_person=told.append)
    assert (report.added, report.templates) == (3, ("p1", "s1"))
    assert report.unused == (
        Unused("p1", "p1-1.jpg", "Nobody is in this picture."),
        Unused("p1", "p1-3.jpg", "Two people are in it."),
        Unused("p2", "p2-0.jpg", "There is no biometric consent in force for this person."),
        Unused("s1", "gone.jpg", "The file cannot be opened."),
    )
    assert told == ["p1", "p2", "s1"]
    known = templates(loaded.session, loaded.cipher, "toy", "1", on=loaded.now.date())
    assert [(each.person_id, each.vector.tolist()) for each in known] == [
        ("p1", [2.0]),
        ("s1", [9.0]),
    ]


def test_a_second_time_nothing_is_to_do(loaded):
    found = pictures(loaded, p1=[b"1:1", b"1:3"])
    run(loaded, found)
    again = run(loaded, found)
    assert (again.added, again.templates, again.unused) == (0, (), ())


def test_another_engine_learns_the_old_references(loaded):
    found = pictures(loaded, p1=[b"1:1", b"1:3"])
    run(loaded, found)
    newer = run(loaded, found, replace(loaded.engine, version="2"))
    assert (newer.added, newer.templates) == (0, ("p1",))


def test_each_new_picture_is_encoded_once(loaded):
    looked = []

    def counting(jpeg: bytes):
        looked.append(jpeg)
        return loaded.engine.encode(jpeg)

    run(loaded, pictures(loaded, p1=[b"1:1", b"1:3"]), replace(loaded.engine, encode=counting))
    assert looked == [b"1:1", b"1:3"]
