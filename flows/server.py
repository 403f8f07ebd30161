"""The embedded Prefect server: where it lives, how it is reached, and everything it must not do.

Loopback only, behind a password of this installation; no telemetry of any kind; its own SQLite file under the home. With
`prefect.api_url` set there is no embedded server and that one is used.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

import httpx

from flows.orphans import children_of_mine, die_with_parent
from settings import Settings

READY_SECONDS = 90.0


class ServerFailed(Exception):
    """The embedded server did not come up."""


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which every Prefect process of this installation runs."""
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    quiet = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": settings.prefect.api_url or f"http://127.0.0.1:{settings.prefect.port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        # Prefect's default keeps the leases of slots in memory: a killed server would never free those slots again
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_TASKS_DEFAULT_PERSIST_RESULT": "false",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_CLIENT_METRICS_ENABLED": "false",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "REDRESS_HOME": str(settings.home),
    }
    if not settings.prefect.api_url:
        password = _password(home / "password")
        quiet |= {"PREFECT_SERVER_API_AUTH_STRING": password, "PREFECT_API_AUTH_STRING": password}
    return os.environ | quiet


def apply_environment(settings: Settings) -> None:
    """Give this process the environment too. Must come before the first import of prefect."""
    os.environ.update(environment(settings))


def start(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """Start the server as a child process that dies with this one."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.server"],
            env=environment(settings) | children_of_mine(),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def wait_ready(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers. Raises `ServerFailed` when it ends or takes too long."""
    url = f"{environment(settings)['PREFECT_API_URL']}/health"
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ServerFailed(
                f"The Prefect server ended at once. Is port {settings.prefect.port} taken? Set prefect.port to another,"
                f" and see {settings.home / 'logs' / 'prefect.log'}."
            )
        if answers(settings, url):
            return
        time.sleep(0.2)
    raise ServerFailed(f"The Prefect server did not answer within {READY_SECONDS:.0f} seconds. See its log.")


def answers(settings: Settings, url: str = "") -> bool:
    """Whether our server answers, with our password."""
    env = environment(settings)
    name, _, password = env.get("PREFECT_API_AUTH_STRING", "").partition(":")
    auth = httpx.BasicAuth(name, password) if name else None
    try:
        with httpx.Client(trust_env=False, timeout=2) as client:
            return client.get(url or f"{env['PREFECT_API_URL']}/health", auth=auth).status_code == 200
    except httpx.HTTPError:
        return False


def _password(file: Path) -> str:
    """User and password of the embedded server, made once, readable by the owner only."""
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text("ascii")
    text = f"redress:{secrets.token_urlsafe(24)}"
    with os.fdopen(handle, "w") as out:
        out.write(text)
    return text


def main() -> None:
    """Run the server in this process (`python -m flows.server`)."""
    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    die_with_parent()
    port = int(get_current_settings().api.url.rsplit(":", 1)[1].split("/")[0])  # type: ignore[union-attr]
    uvicorn.run(create_app(), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
