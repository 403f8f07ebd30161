"""What one YAML file says about a REST service. Unknown keys are errors; so are parameters that could escape their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from connectors.declared import templates
from connectors.declared.templates import Language

_READ = frozenset({"collection", "fields", "cursor"})
_SINCE = frozenset({"since", "since_ms", "since_s"})
_ONE = frozenset({"collection", "fields", "key"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Statuses = Annotated[
    tuple[int, ...],
    BeforeValidator(
        lambda value: (value,) if isinstance(value, int) else value, json_schema_input_type=int | tuple[int, ...]
    ),
]


class Setting(_Part):
    """Something an operator gives."""

    description: str = Field("", description="What it is and where it is found at the service.")
    secret: bool = Field(False, description="Sealed, never shown, and used by `auth` only.")
    default: str | None = Field(None, description="Value when none is given; without one it must be given.")


class Basic(_Part):
    """User and password of HTTP Basic (RFC 7617): names of settings."""

    user: str
    password: str


class Header(_Part):
    """A header that carries a secret as it is."""

    name: str = Field(pattern=r"^[A-Za-z0-9-]+$")
    value: str = Field(description="Name of the secret setting.")


class OAuth(_Part):
    """A token endpoint (RFC 6749): names of settings, except `token`, `grant`, `scope` and `scheme`."""

    token: str = Field(description="URL of the token endpoint, or its path below `base`.", pattern=r"^(https://|/)")
    grant: Literal["client_credentials", "refresh_token"] = "client_credentials"
    client_id: str
    client_secret: str
    refresh_token: str = Field("", description="Needed for the grant `refresh_token`.")
    scope: str = Field("", description="Scopes as the service writes them.")
    scheme: str = Field("Bearer", description="Word before the token in the Authorization header.")


class Auth(_Part):
    """How calls are signed: exactly one of these."""

    bearer: str = Field("", description="Name of the secret setting that is a bearer token (RFC 6750).")
    basic: Basic | None = None
    header: Header | None = None
    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(1 for way in (self.bearer, self.basic, self.header, self.oauth) if way) != 1:
            raise ValueError("auth is exactly one of bearer, basic, header, oauth")
        return self

    def settings(self) -> Iterator[str]:
        """Names of the settings it uses."""
        if self.bearer:
            yield self.bearer
        if self.basic:
            yield from (self.basic.user, self.basic.password)
        if self.header:
            yield self.header.value
        if self.oauth:
            yield from filter(None, (self.oauth.client_id, self.oauth.client_secret, self.oauth.refresh_token))


class Limit(_Part):
    """Calls that may be made: `calls` in any `seconds`, `together` at once."""

    calls: int = Field(0, ge=0)
    seconds: float = Field(1.0, gt=0)
    together: int | None = Field(None, ge=1)


class ErrorRule(_Part):
    """An answer that means an error. The first rule that fits decides; without one the status does."""

    status: Statuses = Field((), description="HTTP statuses; none: any, for services that answer 200 to everything.")
    where: Mapping[str, str | int | bool] = Field({}, description="What stands where in the body: {path: value}.")
    means: Literal[
        "slow-down", "again", "stop", "expired", "credentials", "rights", "absent", "conflict", "refused", "ok"
    ] = Field(description="`stop`: a quota that is used up for hours; `again`: a fault of the moment.")


class Call(_Part):
    """One call: exactly one of get, post, put, patch, delete, and what goes with it."""

    get: str = Field("", description="Path; parameters are whole segments.")
    post: str = ""
    put: str = ""
    patch: str = ""
    delete: str = ""
    query: Mapping[str, str] = Field({}, description="Parameters of the URL.")
    headers: Mapping[str, str] = {}
    json_body: Any = Field(None, alias="json", description="Body. A text that is one parameter keeps its type.")
    form: Mapping[str, str] | None = None
    limit: str = Field("", description="Name of the limit that paces it.")
    repeatable: bool | None = Field(None, description="Safe to send twice; default: all but POST that writes.")

    @property
    def method(self) -> str:
        return next(name for name in ("get", "post", "put", "patch", "delete") if getattr(self, name)).upper()

    @property
    def path(self) -> str:
        return str(getattr(self, self.method.lower()))

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if sum(1 for name in ("get", "post", "put", "patch", "delete") if getattr(self, name)) != 1:
            raise ValueError("a call has exactly one of get, post, put, patch, delete")
        if not self.path.startswith("/") or "?" in self.path or "#" in self.path:
            raise ValueError("a path begins with / and has no query: use `query`")
        bad = [
            *templates.unsafe_path(self.path),
            *templates.unsafe([self.query, self.headers, self.json_body, self.form or {}]),
        ]
        if bad:
            raise ValueError(
                f"{{{bad[0]}}} stands inside other text: give it a place of its own, or a language ({{{bad[0]}:NAME}})"
            )
        return self

    def parameters(self) -> Iterator[templates.Part]:
        yield from templates.parameters([self.path, self.query, self.headers, self.json_body, self.form or {}])


class One(Call):
    """A call that answers with one row."""

    row: str = Field("", description="Path of the row; default: the answer itself.")
    absent: Statuses = Field((), description="Statuses, besides 404 and 410, that mean there is no such record.")


class Listing(Call):
    """A call that answers with rows, page by page."""

    rows: str = Field(description="Path of the list of rows; for a list as the answer itself: empty.")
    next: str = Field("", description="Path of what {cursor} is on the next page; absent there: the last page.")
    by: Literal["", "offset", "page", "key"] = Field("", description="What {cursor} counts where there is no `next`.")
    size: int = Field(0, ge=0, description="Rows of a full page; a shorter one is the last.")
    first: str | None = Field(None, description="{cursor} of the first page; default: none (0 for offset, 1 for page).")
    more: str = Field("", description="Path of a truth value that says whether there is another page.")
    empty: Statuses = Field((), description="Statuses that mean no rows, such as 204.")
    cap: int = Field(0, ge=0, description="Rows after which the service lists no more.")

    @model_validator(mode="after")
    def _pages(self) -> Self:
        if self.next and self.by:
            raise ValueError("pages go by `next` or by `by`, not both")
        if self.by and not self.size:
            raise ValueError("`by` needs the `size` of a page")
        if self.more and not self.next:
            raise ValueError("`more` goes with `next`")
        return self


class Search(Listing):
    """A search by one identifier, {value}."""

    longest: int = Field(0, ge=0, description="Characters of the longest {value} the service takes; 0: any.")


class Many(Call):
    """A call that reads several records by their keys."""

    rows: str
    at_most: int = Field(100, ge=1)


class Count(Call):
    """A call that says how many records there are."""

    number: str


class FieldSpec(_Part):
    """One field that the service always has."""

    type: Literal["text", "html", "email", "phone", "name", "number", "date", "boolean", "reference", "other"] = "text"
    identifying: bool = Field(False, description="Names a person though its type does not say so.")
    fixed: bool = Field(False, description="Cannot be written.")
    keep: bool = Field(False, description="Is not overwritten by an erasure.")
    scrub: str | int | bool | None = Field("", description="What overwrites it; {key} is a pseudonym of the action.")
    label: str = Field("", description="The vendor's own word for its sensitivity.")


class Describe(Listing):
    """A call that lists the fields the service has beyond those named here."""

    name: str = Field("name", description="Path, in a row, of the field's name.")
    type: str = Field("", description="Path of its type.")
    types: Mapping[str, str] = Field({}, description="The service's types in our words; others are `other`.")
    html: Mapping[str, str] = Field({}, description="What stands where when a text is markup: {path: value}.")
    fixed: tuple[str, ...] = Field((), description="Paths of truth values any of which means it cannot be written.")
    label: str = Field("", description="Path of the vendor's sensitivity label.")
    unlabelled: tuple[str, ...] = Field((), description="Labels that mean nothing special.")
    skip: tuple[str, ...] = Field((), description="Patterns of names that are left out.")


class LinkSpec(_Part):
    """References in a row."""

    to: str = Field(description="The collection that is pointed to.")
    ids: str = Field(description="Path of the key or keys.")


class RelatedSpec(LinkSpec):
    """What hangs off a record; where one answer does not show all of it, `rest` lists what follows."""

    more: str = Field("", description="Path of the {cursor} of `rest`; absent in an answer that shows everything.")
    rest: Listing | None = None
    rest_ids: str = Field("id", description="Path of the key in a row of `rest`.")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.more) != (self.rest is not None):
            raise ValueError("`more` and `rest` go together")
        return self


class Files(_Part):
    """Files of a record."""

    ids: str = Field(description="Path, in a row, of the ids.")
    separator: str = Field("", description="Character between ids that stand in one text.")
    about: One | None = Field(None, description="Asks for name and size.")
    name: str = Field("name", description="Path of the name in `about`.")
    extension: str = Field("", description="Path of the extension, where the name lacks it.")
    size: str = Field("size", description="Path of the size in bytes.")
    content: Call = Field(description="Gives the bytes, or an address.")
    url: str = Field(
        "", description="Path of the address in the answer of `content`, which is then read without signing."
    )
    remove: Call | None = Field(None, description="Deletes the file for good.")


class Verify(_Part):
    """Where a record that is gone may still be seen."""

    bin: One | None = None
    tombstone: One | None = None


class CollectionSpec(_Part):
    """One kind of record."""

    key: str = Field("id", description="Path of the key in a row.")
    pattern: str = Field(
        r"[^\x00-\x1f]{1,255}", description="Keys there can be (a regular expression); others do not exist."
    )
    values: str = Field("", description="Path of the fields in a row.")
    erase: Literal["delete", "anonymise"] = "delete"
    fields: Mapping[str, FieldSpec] = {}
    describe: Describe | None = None
    list_: Listing = Field(alias="list")
    get_: One = Field(alias="get")
    many: Many | None = None
    count: Count | None = None
    search: Mapping[Literal["email", "phone", "name", "customer_id"], tuple[Search, ...]] = {}
    changes: Listing | None = None
    update: Call | None = None
    scrub: bool = Field(False, description="Overwrite the fields before deleting, for bins that keep showing them.")
    delete: Call | None = Field(None, description="Into the bin where there is one.")
    purge: Call | None = Field(None, description="For good.")
    verify: Verify = Verify()
    links: Mapping[str, LinkSpec] = {}
    related: tuple[RelatedSpec, ...] = Field((), description="Records that hang off this one.")
    files: Files | None = None
    residue: tuple[str, ...] = Field((), description="Codes of what stays after an erasure.")
    residue_of_delete: tuple[str, ...] = Field(
        (), description="Codes of what stays besides when it deleted the record."
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern is no regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.scrub and self.update is None:
            raise ValueError("`scrub` needs `update`")
        return self

    def calls(self) -> Iterator[tuple[str, Call, frozenset[str]]]:
        """Every call with its place and the parameters it may have."""
        named: list[tuple[str, Call | None, frozenset[str]]] = [
            ("describe", self.describe, frozenset({"collection", "cursor"})),
            ("list", self.list_, _READ),
            ("get", self.get_, _ONE),
            ("many", self.many, frozenset({"collection", "fields", "keys", "item"})),
            ("count", self.count, frozenset({"collection"})),
            ("changes", self.changes, _READ | _SINCE),
            ("update", self.update, frozenset({"collection", "key", "values"})),
            ("delete", self.delete, _ONE),
            ("purge", self.purge, _ONE),
            ("verify.bin", self.verify.bin, _ONE),
            ("verify.tombstone", self.verify.tombstone, _ONE),
        ]
        for kind, searches in self.search.items():
            named += [(f"search.{kind}", call, _READ | {"value"}) for call in searches]
        named += [
            (f"related.{link.to}", link.rest, frozenset({"collection", "key", "cursor"})) for link in self.related
        ]
        if self.files:
            own = frozenset({"collection", "key", "file"})
            named += [(f"files.{n}", getattr(self.files, n), own) for n in ("about", "content", "remove")]
        yield from ((place, call, allowed) for place, call, allowed in named if call is not None)


class Description(_Part):
    """A whole service."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$", description="Short name: small letters, digits, -.")
    title: str = Field(description="The name people know it by.")
    base: str = Field(
        description="https URL that paths are joined to; settings may stand in it.", pattern=r"^https://[^?#]+$"
    )
    hosts: tuple[str, ...] = Field((), description="Other hosts that files come from; * covers one label.")
    settings: Mapping[str, Setting] = {}
    auth: Auth
    headers: Mapping[str, str] = Field({}, description="Headers of every call.")
    limits: Mapping[str, Limit] = Field({}, description='By name; "" is for calls that name none.')
    errors: tuple[ErrorRule, ...] = ()
    languages: Mapping[str, Language] = {}
    collections: Mapping[str, CollectionSpec] = Field(min_length=1)
    residue: Mapping[str, str] = Field({}, description="What each residue code means, in a sentence.")
    notes: tuple[str, ...] = Field((), description="Sentences that `redress store check` shows.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        faults = [*self._of_settings(), *self._of_calls(), *self._of_names()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _of_settings(self) -> Iterator[str]:
        for name in self.auth.settings():
            if name not in self.settings:
                yield f"auth names the setting {name}, which there is not"
        open_ = {name for name, setting in self.settings.items() if not setting.secret}
        for part in templates.parameters([self.base, self.headers]):
            if part.name not in open_:
                yield f"{{{part.name}}} in base or headers is no setting that may be shown"

    def _of_calls(self) -> Iterator[str]:
        open_ = {name for name, setting in self.settings.items() if not setting.secret}
        for name, spec in self.collections.items():
            for place, call, allowed in spec.calls():
                for part in call.parameters():
                    if part.name not in allowed | open_:
                        yield f"collections.{name}.{place}: there is no parameter {{{part.name}}} here"
                    if part.language and part.language not in self.languages:
                        yield f"collections.{name}.{place}: there is no language {part.language}"
                if call.limit and call.limit not in self.limits:
                    yield f"collections.{name}.{place}: there is no limit {call.limit}"

    def _of_names(self) -> Iterator[str]:
        for name, spec in self.collections.items():
            for link in (*spec.links.values(), *spec.related):
                if link.to not in self.collections:
                    yield f"collections.{name}: there is no collection {link.to}"
            for code in (*spec.residue, *spec.residue_of_delete):
                if code not in self.residue:
                    yield f"collections.{name}: the residue {code} is not explained"
        for code in self.residue:
            if not code.startswith(f"{self.name}."):
                yield f"the residue {code} does not begin with {self.name}."
