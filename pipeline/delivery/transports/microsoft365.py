"""A mailbox in Microsoft 365, through Microsoft Graph: the same mail as by SMTP, given whole as MIME.

https://learn.microsoft.com/graph/api/user-sendmail
"""

from __future__ import annotations

import base64
import datetime
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import msal
import msal.exceptions
import requests

from pipeline.delivery.clock import read_clock
from pipeline.delivery.mail.message import Message
from pipeline.delivery.settings import Microsoft365Settings
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Receipt, Refused, WrongSetting
from pipeline.delivery.transports.answers import put_in_one_line
from pipeline.delivery.transports.certificates import find_certificates
from pipeline.delivery.transports.mime import compose_mime, list_faults, make_message_id
from pipeline.delivery.transports.over_http import Body, Session, judge_failure, require_encryption
from pipeline.delivery.transports.secrets import MICROSOFT365_SECRET, find_secret
from pipeline.foundation.paths import EditionPaths

_WHOM = "Microsoft 365"
_LARGEST = 4 * 2**20  # bytes of a request to Graph, in base64
_FOR_NOW = ("temporarily_unavailable", "server_error", "slow_down")  # RFC 6749 and 8628: errors that pass
_TOO_MANY, _UNAVAILABLE = 429, 503
#: What the sign-in's library raises for an answer that is none of a sign-in's, as a page put in its place.
_NO_SIGN_IN = RuntimeError, ValueError, LookupError, TypeError, AttributeError


class Microsoft365:
    """Sends from one mailbox as an application that may ``Mail.Send``. The mailbox keeps what it sent."""

    name = "microsoft365"

    def __init__(
        self,
        settings: Microsoft365Settings,
        paths: EditionPaths,
        *,
        now: Callable[[], datetime.datetime] = read_clock,
    ) -> None:
        self._settings = settings
        self._address = require_encryption(settings.address, "microsoft365: address")
        self._authority = require_encryption(settings.authority, "microsoft365: authority")
        self._paths = paths
        self._now = now
        self._application: Any = None
        self._token, self._lives_until = "", 0.0  # the latest, and until when it lives (seconds, of a steady clock)

    def check(self, message: Message) -> list[str]:
        faults = list_faults(message)
        if not faults and (size := len(self._write(message, "check"))) > _LARGEST:
            limit = _LARGEST / 2**20
            faults.append(f"the message has {size / 2**20:.1f} MB as it is sent; {_WHOM} takes up to {limit:.0f} MB")
        return faults

    def send(self, message: Message, reference: str) -> Receipt:
        content = self._write(message, reference)
        response = self._post(content)
        if response.status_code == 401:  # the token was withdrawn before its time: once with a new one
            self._application.remove_tokens_for_client()
            self._token = ""
            response = self._post(content)
        if response.status_code != 202:
            self._judge(response)
        request = put_in_one_line(response.headers.get("request-id", ""))
        return Receipt(self.name, make_message_id(message, reference), f"202 accepted, request {request or 'unnamed'}")

    def __enter__(self) -> Self:
        self._secret = find_secret(MICROSOFT365_SECRET, "the secret of the application that sends")
        certificates = find_certificates(self._settings.certificates, self._paths, self.name)
        self._session = Session(self._settings.seconds, certificates)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def _write(self, message: Message, reference: str) -> bytes:
        return base64.b64encode(compose_mime(message, reference, date=self._now()).as_bytes())

    def _post(self, content: bytes) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._get_token()}", "Content-Type": "text/plain"}
        url = f"{self._address}/users/{quote(self._settings.mailbox, safe='')}/sendMail"
        try:
            return self._session.post(url, data=content, headers=headers)
        except requests.RequestException as error:
            raise judge_failure(error, self._session.body, _WHOM) from None

    def _get_token(self) -> str:
        """A token from the sign-in; the latest one, while it lives, where the sign-in has none to give for now.

        The sign-in's library asks for a new one after half of a token's life, and raises where the answer is no
        sign-in's, though the token in its cache is good.
        """
        try:
            answer = self._sign_in()
        except Postponed:
            if self._token and time.monotonic() < self._lives_until:
                return self._token
            raise
        lives = int(answer.get("expires_in") or 0)
        self._token, self._lives_until = answer["access_token"], time.monotonic() + lives
        return self._token

    def _sign_in(self) -> dict[str, Any]:
        try:
            if self._application is None:
                self._application = self._register()
            parts = urlsplit(self._address)
            answer = dict(self._application.acquire_token_for_client([f"{parts.scheme}://{parts.netloc}/.default"]))
        except (requests.RequestException, msal.exceptions.MsalError, *_NO_SIGN_IN) as error:
            raise judge_failure(error, Body(b""), f"the sign-in of {_WHOM}") from None
        if "access_token" in answer:
            return answer
        said = put_in_one_line(f"{answer.get('error')}: {answer.get('error_description', '')}", [self._secret])
        if answer.get("error") in _FOR_NOW:
            raise Postponed(f"{_WHOM} lets nobody in now: {said}", for_all=True)
        raise WrongSetting(
            f"{_WHOM} does not let the application in: {said}",
            where=f"microsoft365: tenant, client, and {MICROSOFT365_SECRET}",
            remedy="Check the tenant, the application's id and its secret, which may have run out.",
        )

    def _register(self) -> Any:
        try:
            return msal.ConfidentialClientApplication(
                self._settings.client,
                client_credential=self._secret.get_secret_value(),
                authority=f"{self._authority}/{self._settings.tenant}",
                instance_discovery=False,  # the authority is the organisation's own choice, asked of nobody else
                http_client=self._session,
            )
        except requests.RequestException:
            raise  # some of them are ValueErrors too, and say nothing of the tenant
        except ValueError as error:
            raise WrongSetting(
                f"{_WHOM} knows no tenant {self._settings.tenant!r}: {put_in_one_line(str(error), [self._secret])}",
                where="microsoft365: tenant, authority",
                remedy="Take the tenant's id from the overview of your organisation's directory.",
            ) from None

    def _judge(self, response: requests.Response) -> NoReturn:
        """Raise what Graph's answer to a message means."""
        said = f"{response.status_code} {self._tell(response)}"
        if response.status_code in (_TOO_MANY, _UNAVAILABLE):
            pause = response.headers.get("Retry-After", "")
            wait = f"; it asks to wait {pause} seconds" if pause.isdigit() else ""
            raise Postponed(f"{said}{wait}", for_all=True)
        if response.status_code in (400, 413):
            raise Refused(said)
        if response.status_code in (401, 403, 404):
            raise WrongSetting(
                f"{_WHOM} lets nothing be sent from {self._settings.mailbox}: {said}",
                where="microsoft365: client, mailbox",
                remedy="The application needs the permission Mail.Send (application, with consent), for this mailbox; "
                "the sender's address must be the mailbox's own or one it may send as.",
            )
        if 300 <= response.status_code < 400:
            raise Postponed(f"something between here and {_WHOM} answered in its place: {said}", for_all=True)
        if response.status_code < 500:
            raise Refused(said)
        # a gateway may give up waiting for a mailbox that sends the message all the same
        raise OutcomeUnknown(f"{_WHOM} had the whole message and answered {said}")

    def _tell(self, response: requests.Response) -> str:
        try:
            error = response.json()["error"]
            said = f"{error['code']}: {error['message']}"
        except (ValueError, KeyError, TypeError):
            said = response.reason or ""
        return put_in_one_line(said, [self._secret])
