"""Looking at one photo: from its encrypted original to what can be seen in it.

Each step is stored as it is done, unless the photo was changed meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol

from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import SearchFailed, Study
from gatekeeper_detectors.pictures import Limits, read_photo
from gatekeeper_detectors.pictures.cover import covered
from gatekeeper_detectors.pictures.likeness import gradient_hash
from gatekeeper_queue.covering import carry_words, patches_on
from gatekeeper_queue.models import SubmissionPhoto
from gatekeeper_queue.records import picture_to_json, words_to_json
from gatekeeper_queue.school import School

log = logging.getLogger(__name__)

_GONE = "The original of this photo is no longer kept."


class FaceSearch(Protocol):
    """Finds and encodes the faces of a clean picture, and finds what else is in it;
    `faces.search.FacePool` is one."""

    def search(self, jpeg: bytes) -> tuple[SeenFace, ...]: ...

    def find(self, jpeg: bytes) -> tuple[SeenFace, ...]: ...

    def study(self, jpeg: bytes) -> Study: ...


@dataclass(frozen=True)
class Looker:
    """Looks at the photos of a submission for one worker."""

    school: School
    faces: FaceSearch
    limits: Limits = field(default_factory=Limits)
    recognise: bool = True
    """Are faces measured as well as found? Not where nobody may be recognised (G02, G03)."""

    def read(self, row: SubmissionPhoto) -> None:
        """Decode, clean, cover and verify one original, unless an earlier check has done so."""
        if row.clean_sha256 is not None or row.problem:
            return
        try:
            original = self.school.store.original(row.id)
        except FileNotFoundError:
            row.problem, row.mend = _GONE, "Add the photo again."
            self._save(row, "problem", "mend")
            return
        photo = read_photo(row.name, original, self.limits)
        if photo.clean is not None:
            clean = photo.clean
            if row.patches:
                clean = covered(clean, patches_on(row, clean.width))
            self.school.store.save_clean(clean.jpeg, clean.sha256)
            row.clean_sha256, row.picture = clean.sha256, picture_to_json(clean)
        row.problem, row.mend = photo.problem, photo.mend
        self._save(row, "clean_sha256", "picture", "problem", "mend")

    def search(self, row: SubmissionPhoto) -> tuple[SeenFace, ...] | str:
        """The faces of one clean picture, with embeddings where they are measured; a text says
        why there are none."""
        if row.clean_sha256 is None:
            return "the picture could not be read"
        try:
            look = self.faces.search if self.recognise else self.faces.find
            return look(self.school.store.clean(row.clean_sha256))
        except (SearchFailed, OSError, ValueError) as error:
            log.warning("face search of photo %s failed: %s", row.id, error)
            return "the search for faces failed"

    def study(self, row: SubmissionPhoto) -> None:
        """What one clean picture looks like, the words and bodies in it, unless known."""
        if row.clean_sha256 is None or row.words is not None:
            return
        try:
            jpeg = self.school.store.clean(row.clean_sha256)
            row.gradient_hash = gradient_hash(jpeg)
            found = self.faces.study(jpeg)
            row.words, row.words_problem = words_to_json(found.words), ""
            row.bodies = [list(body) for body in found.bodies]
        except (SearchFailed, OSError, ValueError) as error:
            log.warning("reading the words in photo %s failed: %s", row.id, error)
            row.words_problem = "the words in a photo could not be read"
        self._save(row, "gradient_hash", "words", "words_problem", "bodies")

    def _save(self, row: SubmissionPhoto, *columns: str) -> None:
        with self.school.database.write() as session:
            stored = session.get(SubmissionPhoto, row.id)
            # Meanwhile the author may have replaced it, or covers have changed.
            if stored is not None and stored.patches == row.patches:
                for column in columns:
                    setattr(stored, column, getattr(row, column))
                if "clean_sha256" in columns:
                    carry_words(session, stored)
