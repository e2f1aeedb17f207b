"""A server that speaks what GOV.UK Notify publishes of its interface, and refuses what it refuses.

https://docs.notifications.service.gov.uk/rest-api.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifications_python_client.authentication import decode_jwt_token, get_token_issuer
from notifications_python_client.errors import TokenError
from web_server import Answer, WebRequest, WebServer

from pipeline.delivery.settings import NotifySettings

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
LIVE_KEY = f"reports-{SERVICE}-3d844edf-8d35-48ac-975b-e847b4f122b0"
TEAM_KEY = f"trial-{SERVICE}-5b0a2c4e-70f1-4b8e-9a5b-0f5f5a1f2c11"
LARGEST_FILE = 2 * 1024 * 1024
FILE_TYPES = (*(".csv", ".doc", ".docx", ".jpeg", ".jpg", ".json", ".odt", ".pdf", ".png", ".rtf", ".txt", ".xlsx"),)
_FIELDS = {
    *("email_address", "template_id", "personalisation", "reference", "email_reply_to_id"),
    *("one_click_unsubscribe_url", "sanitise_content_for"),
}


@dataclass(frozen=True)
class Notified:
    """An e-mail that the service took: the words after the template was filled in, and the file behind its link."""

    id: str
    reference: str
    address: str
    subject: str
    body: str
    file_name: str
    file: bytes
    confirm_email: bool
    retention: str


class _BadRequest(Exception):
    def __init__(self, message: str, kind: str = "BadRequestError", status: int = 400) -> None:
        self.answer = Answer(status, {"status_code": status, "errors": [{"error": kind, "message": message}]})
        super().__init__(message)


class NotifyServer(WebServer):
    """A service with one e-mail template. With the team's key it writes only to ``team``."""

    def __init__(
        self,
        *,
        subject: str = "((subject))",
        body: str = "((message))\n\nRead the report: ((link_to_report))",
        team: Sequence[str] = (),
        kind: str = "email",
        sends_files: bool = True,
    ) -> None:
        super().__init__()
        self.sent: list[Notified] = []
        self.template = {"subject": subject, "body": body, "type": kind}
        self.team = {address.lower() for address in team}
        self.sends_files = sends_files

    def settings(self, **changed: object) -> NotifySettings:
        said = {"template": TEMPLATE, "address": self.address, "per_minute": 1_000_000}
        return NotifySettings.model_validate(said | changed)

    def answer(self, request: WebRequest) -> Answer:
        try:
            key = self._authorise(request)
            if request.method == "GET" and request.path == f"/v2/template/{TEMPLATE}":
                return Answer(200, self._describe_template())
            if request.method == "GET" and request.path == "/v2/notifications":
                return Answer(200, {"notifications": self._find(request.query), "links": {}})
            if request.method == "POST" and request.path == "/v2/notifications/email":
                return self._take(json.loads(request.content), team_only=key == TEAM_KEY)
        except _BadRequest as refused:
            return refused.answer
        return Answer(404, {"result": "error", "message": "Not found"})

    def _authorise(self, request: WebRequest) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for key in (LIVE_KEY, TEAM_KEY):
            try:
                if get_token_issuer(token) == SERVICE and decode_jwt_token(token, key[-36:]):
                    return key
            except TokenError:
                continue
        raise _BadRequest("Invalid token: API key not found", "AuthError", 403)

    def _describe_template(self) -> dict[str, Any]:
        fields = {field: {"required": True} for field in self._list_fields()}
        return {"id": TEMPLATE, "name": "Report", "version": 1, **self.template, "personalisation": fields}

    def _list_fields(self) -> list[str]:
        return re.findall(r"\(\((.*?)\)\)", f"{self.template['subject']} {self.template['body']}")

    def _find(self, query: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        [reference] = query.get("reference", [""])
        return [
            {"id": one.id, "reference": one.reference, "email_address": one.address, "status": "sending"}
            for one in self.sent
            if not reference or one.reference == reference
        ]

    def _take(self, form: dict[str, Any], *, team_only: bool) -> Answer:
        _check_schema(form)
        if form["template_id"] != TEMPLATE:
            raise _BadRequest("Template not found")
        if self.template["type"] != "email":
            raise _BadRequest(f"{self.template['type']} template is not suitable for email notification")
        given = form.get("personalisation", {})
        missing = [field for field in self._list_fields() if field not in given]
        if missing:
            raise _BadRequest(f"Missing personalisation: {', '.join(missing)}")
        if team_only and form["email_address"].lower() not in self.team:
            raise _BadRequest("Can’t send to this recipient using a team-only API key")
        files = {field: self._take_file(value) for field, value in given.items() if isinstance(value, dict)}
        link = "https://documents.service.gov.uk/d/"
        words = {field: f"{link}{uuid.uuid4()}" if field in files else value for field, value in given.items()}
        name, content, confirm, retention = next(iter(files.values()), ("", b"", False, ""))
        subject, body = (self._fill(self.template[part], words) for part in ("subject", "body"))
        notified = Notified(
            *(str(uuid.uuid4()), form.get("reference", ""), form["email_address"], subject, body),
            *(name, content, confirm, retention),
        )
        self.sent.append(notified)
        content_said = {"subject": subject, "body": body, "from_email": "reports@notifications.service.gov.uk"}
        said = {"id": notified.id, "reference": form.get("reference"), "content": content_said}
        uri = f"{self.address}/v2/notifications/{notified.id}"
        return Answer(201, said | {"uri": uri, "template": {"id": TEMPLATE, "version": 1, "uri": f"{uri}/t"}})

    def _fill(self, text: str, words: Mapping[str, str]) -> str:
        return re.sub(r"\(\((.*?)\)\)", lambda field: str(words[field[1]]), text)

    def _take_file(self, said: dict[str, Any]) -> tuple[str, bytes, bool, str]:
        if not self.sends_files:
            raise _BadRequest("Send files by email has not been set up - add contact details for your service")
        try:
            content = base64.b64decode(said["file"], validate=True)
        except (binascii.Error, KeyError):
            raise _BadRequest("Document is not base64 encoded", "ValidationError") from None
        if len(content) > LARGEST_FILE:
            raise _BadRequest("Uploaded file exceeds file size limit", status=413)
        name, confirm, retention = said["filename"], said["confirm_email_before_download"], said["retention_period"]
        if name is not None and len(name) > 100:
            raise _BadRequest("`filename` cannot be longer than 100 characters")
        if name is not None and "." not in name:
            raise _BadRequest("`filename` must end with a file extension. For example, filename.csv")
        if name is not None and not name.lower().endswith(FILE_TYPES):
            raise _BadRequest(f"Unsupported file type. Supported types are: {FILE_TYPES}")
        if confirm is not None and not isinstance(confirm, bool):
            raise _BadRequest(f"Unsupported value for confirm_email_before_download: '{confirm}'")
        weeks = re.fullmatch(r"([0-9]+) weeks?", retention or "26 weeks")
        if weeks is None or not 1 <= int(weeks[1]) <= 78:
            raise _BadRequest(f"Unsupported value for retention_period '{retention}'")
        return name or "", content, confirm is not False, retention or "26 weeks"


def _check_schema(form: Mapping[str, Any]) -> None:
    for field in ("email_address", "template_id"):
        if field not in form:
            raise _BadRequest(f"{field} is a required property", "ValidationError")
    if other := set(form) - _FIELDS:
        raise _BadRequest(f"Additional properties are not allowed ({other})", "ValidationError")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", form["email_address"]):
        raise _BadRequest("email_address Not a valid email address", "ValidationError")
    try:
        uuid.UUID(form["template_id"])
    except ValueError:
        raise _BadRequest("template_id is not a valid UUID", "ValidationError") from None
