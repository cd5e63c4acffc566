"""A real WordPress on this computer: Debian's packages, with a database of its own.

Everything lives in one temporary folder and listens on loopback, or on a socket, only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

WORDPRESS = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db", "mariadb")
PACKAGES = (
    "wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-gd php-curl php-xml "
    "php-mbstring mariadb-server"
)
END = "-- end of answer --"
CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local'); // else application passwords need HTTPS
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
// Whatever address it is asked at is its own, so that it can stand behind a proxy.
define('WP_HOME', 'http://' . ($_SERVER['HTTP_HOST'] ?? 'localhost'));
define('WP_SITEURL', WP_HOME);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define($name . '_KEY', 'only for tests');
    define($name . '_SALT', 'only for tests');
}}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
FAST = (
    "--skip-networking",
    "--skip-log-bin",
    "--performance-schema=off",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-flush-method=nosync",
)


def missing() -> list[str]:
    """What must be installed before a site can be started; see `PACKAGES`."""
    programs = [name for name in PROGRAMS if shutil.which(name) is None]
    return programs + ([] if (WORDPRESS / "wp-load.php").exists() else [str(WORDPRESS)])


@dataclass(frozen=True)
class WordPressSite:
    """A site that runs, and what its staff do there by hand."""

    folder: Path
    url: str
    passwords: dict[str, tuple[str, str]]
    """User name and application password by role."""
    http: httpx.Client
    database: subprocess.Popen[str]
    """Its own client, which answers what is written to it."""

    @property
    def uploads(self) -> Path:
        return self.folder / "www/wp-content/uploads"

    def files(self) -> list[str]:
        """Every uploaded file, whatever WordPress knows of it."""
        return sorted(path.name for path in self.uploads.rglob("*") if path.is_file())

    def sql(self, statement: str) -> list[list[str]]:
        """Ask the database; rows of text."""
        questions, answers = self.database.stdin, self.database.stdout
        assert questions and answers
        questions.write(f"{statement}; SELECT '{END}';\n")
        questions.flush()
        rows = []
        while (line := answers.readline().rstrip("\n")) != END:
            assert line, "the database refused it"
            rows.append(line.split("\t"))
        return rows

    def posts(self) -> list[list[str]]:
        """(id, status, slug) of every post that the database holds."""
        return self._all("post")

    def media(self) -> list[list[str]]:
        """(id, status, slug) of every picture that the database knows of."""
        return self._all("attachment")

    def _all(self, kind: str) -> list[list[str]]:
        rows = "SELECT ID, post_status, post_name FROM wp_posts WHERE post_type"
        return self.sql(f"{rows}='{kind}' ORDER BY ID")

    def by_hand(self, method: str, route: str, role: str = "administrator", **data: Any) -> Any:
        """What a person does in WordPress."""
        address = f"{self.url}/?rest_route=/wp/v2/{route}"
        answer = self.http.request(method, address, auth=self.passwords[role], json=data)
        assert answer.is_success, answer.text
        return answer.json()

    def public(self, address: str = "", **query: str) -> httpx.Response:
        """What anybody sees, at the front page or another address of the site."""
        return self.http.get(address or self.url, params=query or None)

    def clean(self) -> None:
        """Forget every post and picture."""
        self.sql("DELETE FROM wp_posts; DELETE FROM wp_postmeta")
        if self.uploads.is_dir():
            shutil.rmtree(self.uploads)
        else:
            self.uploads.unlink(missing_ok=True)

    @contextmanager
    def plug_in(self, php: str) -> Iterator[None]:
        """A plug-in that is active for as long as the block runs."""
        path = self.folder / "www/wp-content/mu-plugins/tried.php"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"<?php {php}")
        try:
            yield
        finally:
            path.unlink()


@contextmanager
def wordpress() -> Iterator[WordPressSite]:
    """Set a site up and start it; everything ends, and goes, with the block."""
    with ExitStack() as stack:
        # A socket's path may have about 100 characters, so not below pytest's own folder.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="wp-")))
        _database(folder, stack)
        _lay_out(folder)
        made = subprocess.run(
            ["php", "install.php"], cwd=folder / "www", capture_output=True, text=True, check=True
        )
        (folder / "www/install.php").unlink()
        url = _pages(folder, stack)
        passwords = {role: tuple(pair) for role, pair in json.loads(made.stdout).items()}
        http = stack.enter_context(httpx.Client(timeout=60))
        yield WordPressSite(folder, url, passwords, http, _client(folder, stack))


def _database(folder: Path, stack: ExitStack) -> None:
    user = ["--user=root"] if os.geteuid() == 0 else []  # else it refuses
    data = f"--datadir={folder / 'db'}"
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", data, "--skip-test-db", "--skip-name-resolve",
         "--auth-root-authentication-method=normal", *user, *FAST[2:]],
        capture_output=True, check=True,
    )  # fmt: skip
    path = f"--socket={folder / 'db.sock'}"
    server = [f"--pid-file={folder / 'db.pid'}", data, path, *user, *FAST]
    _start(["mariadbd", "--no-defaults", *server], folder / "db.log", stack)
    create = ["mariadb", "--no-defaults", path, "-uroot", "-e", "CREATE DATABASE wordpress"]
    _until(lambda: subprocess.run(create, capture_output=True).returncode == 0, folder / "db.log")


def _client(folder: Path, stack: ExitStack) -> subprocess.Popen[str]:
    command = ["mariadb", "--no-defaults", f"--socket={folder / 'db.sock'}", "-uroot"]
    command += ["--default-character-set=utf8mb4", "--batch", "--skip-column-names"]
    client = subprocess.Popen(
        [*command, "--unbuffered", "wordpress"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    return stack.enter_context(client)  # which closes its input, and then it ends


def _lay_out(folder: Path) -> None:
    """The site's folder: its own pages, uploads and settings; WordPress's code is linked."""
    www = folder / "www"
    www.mkdir()
    for path in WORDPRESS.glob("*.php"):
        if path.name != "wp-config.php":
            shutil.copyfile(path, www / path.name)
    for name in ("wp-includes", "wp-admin"):
        (www / name).symlink_to(WORDPRESS / name)
    (www / "wp-content").mkdir()
    (www / "wp-content/themes").symlink_to(WORDPRESS / "wp-content/themes")
    (www / "wp-config.php").write_text(CONFIG.format(socket=folder / "db.sock"))
    shutil.copyfile(Path(__file__).with_name("install.php"), www / "install.php")


def _pages(folder: Path, stack: ExitStack) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["opcache.enable_cli=1", "opcache.revalidate_freq=0", "upload_max_filesize=20M"]
    options += ["post_max_size=25M", "display_errors=0"]
    command = ["php", *(word for option in options for word in ("-d", option))]
    command += ["-S", f"127.0.0.1:{port}", "-t", str(folder / "www")]
    _start(command, folder / "php.log", stack, PHP_CLI_SERVER_WORKERS="3")
    url = f"http://127.0.0.1:{port}"
    _until(lambda: _answers(url), folder / "php.log")
    return url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/?rest_route=/", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def _start(command: list[str], log: Path, stack: ExitStack, **environment: str) -> None:
    """Start a server, with its children in a group of their own that ends with the stack."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=os.environ | environment,
        )

    def stop() -> None:
        os.killpg(process.pid, signal.SIGKILL)  # nothing of it is kept
        process.wait()

    stack.callback(stop)


def _until(ready: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)
