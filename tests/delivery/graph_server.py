"""A server that speaks what Microsoft publishes of its sign-in and of Graph's ``sendMail``, and refuses what they do.

https://learn.microsoft.com/graph/api/user-sendmail
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

import base64
import binascii
import re
import time
import uuid
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote

from web_server import Answer, WebRequest, WebServer

from pipeline.delivery.settings import Microsoft365Settings

TENANT = "6f1c2f2e-8d0b-4c4a-9b8e-1f0d5e1c7a11"
CLIENT = "0b7a6a0e-2c5d-4a51-8f2f-8a9d6f3e4b22"
SECRET = "aB8~synthetic-secret.of-an-application"
MAILBOX = "reports@marlshire.example.org"
LARGEST_REQUEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Mailed:
    """A message that the mailbox sent, as MIME."""

    mailbox: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, BytesParser(policy=policy.default).parsebytes(self.content))


class GraphServer(WebServer):
    """One tenant, one application, one mailbox, over HTTPS. ``may_send`` is the application's permission.

    A token lives ``token_seconds``; where ``refresh_seconds`` is given, it asks for a new one from then on.
    """

    def __init__(
        self, folder: Path, *, may_send: bool = True, token_seconds: int = 3600, refresh_seconds: int | None = None
    ) -> None:
        super().__init__(tls=True, folder=folder)
        self.sent: list[Mailed] = []
        self.may_send = may_send
        self.token_seconds = token_seconds
        self.refresh_seconds = refresh_seconds
        self.tokens: dict[str, float] = {}

    def settings(self, **changed: object) -> Microsoft365Settings:
        said = {"tenant": TENANT, "client": CLIENT, "mailbox": MAILBOX, "address": f"{self.address}/v1.0"}
        said |= {"authority": self.address, "certificates": str(self.certificates)}
        return Microsoft365Settings.model_validate({**said, "per_minute": 1_000_000, "seconds": 10, **changed})

    def answer(self, request: WebRequest) -> Answer:
        tenant, _, path = request.path.removeprefix("/").partition("/")
        if path == "v2.0/.well-known/openid-configuration":
            return self._describe_tenant(tenant)
        if request.method == "POST" and path == "oauth2/v2.0/token":
            return self._sign_in(request)
        if request.method == "POST" and (found := re.fullmatch(r"/v1\.0/users/([^/]+)/sendMail", request.path)):
            return self._send(unquote(found[1]), request)
        return _refuse(404, "ResourceNotFound", "Resource not found for the segment.")

    def _describe_tenant(self, tenant: str) -> Answer:
        if tenant != TENANT:
            return Answer(400, {"error": "invalid_tenant", "error_description": f"AADSTS90002: Tenant '{tenant}'"})
        base = f"{self.address}/{tenant}"
        ends = {"authorization_endpoint": f"{base}/oauth2/v2.0/authorize", "issuer": f"{base}/v2.0"}
        return Answer(200, ends | {"token_endpoint": f"{base}/oauth2/v2.0/token"})

    def _sign_in(self, request: WebRequest) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        client, secret = form.get("client_id"), form.get("client_secret")
        basic = request.headers.get("Authorization", "")
        if basic.startswith("Basic "):
            client, _, secret = (unquote(part) for part in base64.b64decode(basic[6:]).decode().partition(":"))
        if client != CLIENT:
            return _deny("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if secret != SECRET:
            return _deny("invalid_client", "AADSTS7000215: Invalid client secret provided.", 401)
        if form.get("grant_type") != "client_credentials" or form.get("scope") != f"{self.address}/.default":
            return _deny("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        token = uuid.uuid4().hex
        self.tokens[token] = time.monotonic() + self.token_seconds
        said: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": token}
        return Answer(200, said if self.refresh_seconds is None else said | {"refresh_in": self.refresh_seconds})

    def _send(self, mailbox: str, request: WebRequest) -> Answer:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            return _refuse(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if not self.may_send:
            return _refuse(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if mailbox != MAILBOX:
            return _refuse(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        if len(request.content) > LARGEST_REQUEST:
            return Answer(413, b"")
        if request.headers.get("Content-Type") != "text/plain":
            return _refuse(400, "RequestBodyRead", "Unable to read JSON request payload.")
        try:
            content = base64.b64decode(request.content, validate=True)
        except binascii.Error:
            return _refuse(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
        return self._take(Mailed(mailbox, content))

    def _take(self, mailed: Mailed) -> Answer:
        message = mailed.message
        [sender] = message["From"].addresses
        if sender.addr_spec.lower() != mailed.mailbox:
            return _refuse(403, "ErrorSendAsDenied", "The user account does not have the right to send mail as this.")
        if message["To"] is None or not all("." in one.domain for one in message["To"].addresses):
            return _refuse(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
        self.sent.append(mailed)
        return Answer(202, headers={"request-id": str(uuid.uuid4())})


def _refuse(status: int, code: str, message: str) -> Answer:
    inner: dict[str, Any] = {"request-id": str(uuid.uuid4())}
    return Answer(status, {"error": {"code": code, "message": message, "innerError": inner}})


def _deny(error: str, description: str, status: int = 400) -> Answer:
    return Answer(status, {"error": error, "error_description": description, "error_codes": [7000215]})
