"""Sets Gatekeeper up in this folder and runs it: needs Python 3.11 or later and nothing else.

    python3 start.py demo      install, then run the sample school
    python3 start.py test      install, then run the tests on all cores; words after it
                               are pytest's own
    python3 start.py ...       install, then run any other gatekeeper command

What is installed is exactly what the lock files name, checked by digest. It goes into .venv
in this folder; when the lock file has not changed, nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        print("Gatekeeper needs Python 3.11 or later; this is", sys.version.split()[0])
        return 2
    testing = words[:1] == ["test"]
    install("requirements-dev.lock" if testing else "requirements.lock")
    if testing:
        # A file's tests stay together, since they share what is slow to make.
        all_cores = ["-n", "auto", "--dist", "loadfile"]
        return run(PYTHON, "-m", "pytest", *(words[1:] or all_cores))
    return run(PYTHON, "-m", "gatekeeper", *(words or ["--help"]))


def install(lock_name: str) -> None:
    """Install the lock file and the project, unless this was done before."""
    stamp = VENV / f".installed-{lock_name}"
    sources = [ROOT / lock_name, ROOT / "pyproject.toml"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Setting up in {VENV} (about a minute on a good line) …", flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    steps = (
        [*pip, "--require-hashes", "--requirement", ROOT / lock_name],
        [*pip, "--no-build-isolation", "--editable", ROOT],
    )
    for step in steps:
        if run(*step):
            sys.exit("The installation failed; the lines above say why. Run this again.")
    stamp.write_text(digest)


def run(*command: object) -> int:
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
