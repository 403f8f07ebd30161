"""Forms without cookies: what was typed travels in the form itself, and each form carries a token of ours.

There is no login on these pages, so no request carries rights a foreign site could borrow; still a form is taken only from
our own pages (Sec-Fetch-Site, else Origin) and with a token that we made within the last hours. The token of the page
`check your answers` is also the idempotency key of the request: pressing the button twice makes one request.
"""

from __future__ import annotations

import re
import secrets
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, HTTPException, Request

from api.parts import office_of
from office import Office

TOKEN_HOURS = 12
_FIELDS = 24
_REFERENCE = re.compile(r"R[0-9A-Z]{8}")


class Posted(dict[str, str]):
    """The fields of a form. A field that was not sent is empty."""

    def __missing__(self, key: str) -> str:
        return ""

    @property
    def reference(self) -> str:
        """The reference in its usual form, whatever hyphens, blanks and small letters it was typed with."""
        bare = re.sub(r"[^0-9A-Z]", "", self["reference"].upper())
        return f"R-{bare[1:5]}-{bare[5:]}" if _REFERENCE.fullmatch(bare) else bare[:40]


async def posted(request: Request) -> Posted:
    """Read a form. Raises 403 for one from another site and 400 for what is no form."""
    if not _from_our_pages(request):
        raise HTTPException(403)
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(400)
    try:
        text = (await request.body()).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400) from None
    return Posted({name: value.replace("\0", "").strip() for name, value in pairs})


Form = Annotated[Posted, Depends(posted)]


def new_token(office: Office) -> str:
    """A token for one form."""
    stem = f"{secrets.token_urlsafe(18)}.{int(office.clock().timestamp())}"
    return f"{stem}.{_seal(office, stem)}"


def is_fresh(office: Office, token: str) -> bool:
    """Whether we made this token, not too long ago."""
    stem, _, seal = token.rpartition(".")
    made = stem.rpartition(".")[2]
    if (
        not made.isascii()
        or not made.isdigit()
        or not secrets.compare_digest(seal.encode(), _seal(office, stem).encode())
    ):
        return False
    return 0 <= office.clock().timestamp() - int(made) <= TOKEN_HOURS * 3600


def _seal(office: Office, stem: str) -> str:
    return office.vault.blind("form-token", stem).hex()


def _from_our_pages(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")  # `null` because of our own Referrer-Policy (Fetch, 3.2)
    ours = urlsplit(office_of(request).settings.api.public_url)
    return origin in {"null", f"{ours.scheme}://{ours.netloc}", f"{request.url.scheme}://{request.url.netloc}"}
