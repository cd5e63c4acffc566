"""The sample school's reference pictures, measured beforehand so that the demo starts quickly.

    python -m gatekeeper.demo.vectors

writes them anew. They are of people who do not exist; a real school's vectors are only
ever stored encrypted. Pictures or an engine that have changed are simply measured again.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gatekeeper.composition import config_folder
from gatekeeper.measuring import Vector, measure_all
from gatekeeper.progress import counting
from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.search import FacePool

SCHOOL = config_folder() / "sample-school"
_WORKERS = 2


def path_of_vectors() -> Path:
    engine = default_engine()
    return SCHOOL / f"vectors-{engine.name}-{engine.version}.npz"


def known_vectors() -> Mapping[str, Vector]:
    """Vectors by the sha256 of the picture files; none for an engine not measured yet."""
    path = path_of_vectors()
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return dict(zip(stored["digests"].tolist(), stored["vectors"], strict=True))


def main() -> None:
    pictures = [path.read_bytes() for path in sorted(SCHOOL.glob("faces/*/*.jpg"))]
    with FacePool(_WORKERS) as pool, counting("Measuring", len(pictures)) as each:
        found = measure_all(pool, pictures, _WORKERS, each=each)
    vectors = {digest: vector for digest, vector in found.items() if not isinstance(vector, str)}
    buffer = io.BytesIO()
    np.savez(buffer, digests=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
    path_of_vectors().write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
