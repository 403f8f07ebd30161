"""`python -m api.serve`: the web server process that `redress serve` keeps alive."""

from __future__ import annotations

import logging
import sys

import uvicorn

from api.app import create_app
from db.migrate import behind
from flows.orphans import die_with_parent
from office import open_office
from settings import SettingsError
from vault import VaultError

UNAVAILABLE = 3
AT_ONCE = 100
"""Requests served at the same time; more are answered with 503."""


def main() -> int:
    """Serve until told to stop. Exit code 3 when the installation cannot be opened or its database is out of date."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        office = open_office()
    except (SettingsError, VaultError) as error:
        sys.stderr.write(f"{error}\n")
        return UNAVAILABLE
    try:
        if behind(office.engine):
            sys.stderr.write(
                "The database lacks tables of this version. Run `redress init`, which brings it up to date.\n"
            )
            return UNAVAILABLE
        settings = office.settings.api
        uvicorn.run(
            create_app(office),
            host=settings.host,
            port=settings.port,
            access_log=False,  # `api.guard` logs the template of a path; the path itself and its query are nobody's business
            server_header=False,
            proxy_headers=False,  # `api.limits` reads X-Forwarded-For, from trusted proxies only
            limit_concurrency=AT_ONCE,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=15,
            log_config=None,
        )
        return 0
    finally:
        office.close()


if __name__ == "__main__":
    sys.exit(main())
