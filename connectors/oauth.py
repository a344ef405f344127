"""Access tokens of OAuth 2: asked for with a form, renewed in time, shown to nobody.

Confirmed for the services that are read with it is the grant ``client_credentials`` at a Keycloak server.
Other grants that need nothing but a form are a matter of settings; those with a person and a browser in
between are not possible.
"""

from __future__ import annotations

import base64
import json
import math
import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn, Self, TypeVar

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.credentials import VARIABLE_NAME, read_secret
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.urls import is_fetchable, redact

__all__ = ["OAuthSettings", "TokenKeeper", "require_safe_address"]

Result = TypeVar("Result")

#: Seconds before its end at which a token is no longer used, but never more than a tenth of its life.
EARLY = 30.0
LONGEST_LIFE = 86_400.0
LARGEST_ANSWER = 262_144  # bytes
REFUSALS = frozenset({400, 401, 403})
UNAUTHORISED = 401
TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")
OWN_FIELDS = frozenset({"grant_type", "scope", "client_id", "client_secret"})
SECRET_FIELD = re.compile(r"pass|secret|token|assertion|key", re.IGNORECASE)


def require_safe_address(url: str, *, allow_plain: bool) -> None:
    """Raise PydanticCustomError unless secrets can be sent to this address."""
    if not is_fetchable(url) or "@" in url:
        raise PydanticCustomError("setting_safe_address", "give an https:// address without a password")
    if not allow_plain and not url.startswith("https://"):
        raise PydanticCustomError("setting_unencrypted", "{url} is not encrypted", {"url": redact(url)})


class OAuthSettings(BaseModel):
    """What a region file says about getting a token; mixed into the settings of a kind of source."""

    token_url: str = Field(
        min_length=1,
        description="Address that gives out tokens; a path (/…) means the server of the source itself.",
    )
    grant: str = Field(
        default="client_credentials",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="Kind of grant (grant_type) to ask with.",
    )
    scope: str = Field(default="", description="Scopes to ask for, separated by blanks; empty: none.")
    client_id: str = Field(default="", description="Who is asking (client id), if that is no secret.")
    client_id_env: str = Field(
        default="", pattern=f"{VARIABLE_NAME}|^$", description="Environment variable with the client id."
    )
    client_id_file: str = Field(default="", description="File with the client id.")
    client_secret_env: str = Field(
        default="", pattern=f"{VARIABLE_NAME}|^$", description="Environment variable with the client secret."
    )
    client_secret_file: str = Field(default="", description="File with the client secret.")
    token_fields: dict[str, str] = Field(
        default={}, description="Further fields of the form that asks for a token."
    )
    token_fields_env: dict[str, str] = Field(
        default={}, description="Further secret fields of the form: field = environment variable."
    )

    @field_validator("token_url")
    @classmethod
    def _check_token_url(cls, url: str, info: ValidationInfo) -> str:
        if not url.startswith("/") or url.startswith("//"):
            require_safe_address(url, allow_plain=bool(info.data.get("allow_private")))
        return url

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        for first, *others in (
            ("client_id", "client_id_env", "client_id_file"),
            ("client_secret_env", "client_secret_file"),
        ):
            if sum(bool(getattr(self, name)) for name in (first, *others)) > 1:
                names = ", ".join((first, *others))
                raise PydanticCustomError("setting_one_of", "give only one of {names}", {"names": names})
        for field in self.token_fields:
            if SECRET_FIELD.search(field):
                raise PydanticCustomError("setting_secret", "{name} is a secret", {"name": field})
        for field in (*self.token_fields, *self.token_fields_env):
            if field in OWN_FIELDS or (field in self.token_fields and field in self.token_fields_env):
                raise PydanticCustomError("setting_own", "{name} has a setting of its own", {"name": field})
        return self

    def form(self) -> dict[str, str]:
        """Return the form to ask with, secrets included. Raise AbortRun if one is missing."""
        named = {
            "grant_type": self.grant,
            "scope": self.scope,
            "client_id": self.client_id
            or read_secret(
                "client_id_env" if self.client_id_env else "client_id_file",
                variable=self.client_id_env,
                file=self.client_id_file,
            ),
            "client_secret": read_secret(
                "client_secret_env" if self.client_secret_env else "client_secret_file",
                variable=self.client_secret_env,
                file=self.client_secret_file,
            ),
            **self.token_fields,
        }
        for field, variable in self.token_fields_env.items():
            named[field] = read_secret("token_fields_env", variable=variable)
        return {field: value for field, value in named.items() if value}


class _Token(NamedTuple):
    """A token and how long it may be used (seconds; infinite if nobody knows)."""

    text: str
    life: float


class TokenKeeper:
    """Holds one token for the requests of one connector; neither shown nor copied to another process."""

    def __init__(
        self,
        settings: OAuthSettings,
        url: str,
        fetcher: Fetcher,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._url = url
        self._fetcher = fetcher
        self._clock = clock
        self._headers: dict[str, str] = {}
        self._until = -math.inf

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token stays in its process")

    def call(self, request: Callable[[Mapping[str, str]], Result]) -> Result:
        """Return what a request brings that is given the headers to authorise itself with.

        Where the server refuses the token (401), a new one is asked for and tried once. Raise what the
        request raises, and RetryLater or AbortRun if there is no token.
        """
        try:
            return request(self._authorised())
        except RetryLater as error:
            if not _is_refusal(error):
                raise
        self._until = -math.inf
        try:
            return request(self._authorised())
        except RetryLater as error:
            if not _is_refusal(error):
                raise
            raise RetryLater("oauth_token_refused", url=str(error.params["url"])) from None

    def _authorised(self) -> Mapping[str, str]:
        if self._clock() >= self._until:
            asked_at = self._clock()
            token = self._ask()
            early = min(EARLY, token.life / 10)
            self._headers = {"Authorization": f"Bearer {token.text}"}
            self._until = asked_at + token.life - early
        return self._headers

    def _ask(self) -> _Token:
        shown = redact(self._url)
        try:
            answer = self._fetcher.post_form(self._url, self._settings.form())
        except RetryLater as error:
            status = error.params.get("status")
            if error.code == "http_status" and status in REFUSALS:
                raise RetryLater("oauth_refused", url=shown, status=status) from None
            raise
        except RejectDelivery as error:
            # Nothing was delivered yet that could be rejected.
            raise RetryLater(error.code, **error.params) from None
        if len(answer.body) > LARGEST_ANSWER:
            raise RetryLater("oauth_answer", url=shown, field="–")
        return _read_token(answer.body, shown)


def _is_refusal(error: RetryLater) -> bool:
    return error.code == "http_status" and error.params.get("status") == UNAUTHORISED


def _read_token(body: bytes, shown: str) -> _Token:
    """Return the token of an answer. Raise RetryLater, which never shows the answer itself."""
    content = _json_object(body)
    if content is None:
        raise RetryLater("oauth_answer", url=shown, field="–")
    text, kind = content.get("access_token"), content.get("token_type", "Bearer")
    if not isinstance(text, str) or not TOKEN.fullmatch(text):
        raise RetryLater("oauth_answer", url=shown, field="access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise RetryLater("oauth_answer", url=shown, field="token_type")
    life = _seconds(content.get("expires_in")) or _stated_life(text)
    return _Token(text, min(life, LONGEST_LIFE) if life else math.inf)


def _stated_life(token: str) -> float | None:
    """Return for how long a JWT says it was made, by its own clock; nothing else of it is looked at.

    The signature is the server's business: the worst that a false statement does is an early or late
    question for another token.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    payload = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = _json_object(base64.urlsafe_b64decode(payload))
    except ValueError:
        return None
    if claims is None:
        return None
    until, since = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if until is None:
        return None
    life = until - (time.time() if since is None else since)
    return life if life > 0 else None


def _json_object(body: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _seconds(value: object) -> float | None:
    """Return a positive number of seconds, which some servers write as text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 1e12 else None
