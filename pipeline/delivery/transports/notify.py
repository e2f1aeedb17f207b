"""GOV.UK Notify: the service writes the e-mail from a template of its own, with a link to the report.

The template holds ``((subject))`` as its subject, ``((message))`` and ``((link_to_report))`` in its text, and no other
field: what was approved is what is read. The reader gives their address before the report opens.
https://docs.notifications.service.gov.uk/python.html
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping
from pathlib import PurePath
from types import TracebackType
from typing import Any, Self

from notifications_python_client import prepare_upload
from notifications_python_client.errors import APIError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient
from notifications_python_client.utils import DOCUMENT_UPLOAD_SIZE_LIMIT
from pydantic import SecretStr

from pipeline.delivery.mail.message import Attachment, Message
from pipeline.delivery.settings import NotifySettings
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Receipt, Refused, WrongSetting
from pipeline.delivery.transports.answers import put_in_one_line
from pipeline.delivery.transports.mime import list_faults
from pipeline.delivery.transports.over_http import Session, judge_failure, require_encryption
from pipeline.delivery.transports.secrets import NOTIFY_KEY, find_secret

SUBJECT, MESSAGE, LINK = "subject", "message", "link_to_report"

_WHOM = "GOV.UK Notify"
_SECONDS = 60  # the file is looked through for viruses before the answer comes
_LONGEST_FILE_NAME = 100  # characters
_KEY = re.compile(r".*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

logging.getLogger("notifications_python_client").addHandler(logging.NullHandler())  # what it warns of is raised too


class Notify:
    """Sends through GOV.UK Notify: its words by the template, the PDF behind a link. It takes no HTML file."""

    name = "notify"

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        self._address = require_encryption(settings.address, "notify: address")
        self._session = Session(_SECONDS)
        self._client: NotificationsAPIClient | None = None
        self._key = SecretStr("")
        self._template_faults: list[str] | None = None

    def check(self, message: Message) -> list[str]:
        """Say what keeps ``message`` from going this way; the first call asks Notify for the template.

        Raises WrongSetting for a key that Notify does not know.
        """
        if self._template_faults is None:
            self._template_faults = self._check_template()
        return [*list_faults(message), *_check_files(message), *self._template_faults]

    def send(self, message: Message, reference: str) -> Receipt:
        if faults := _check_files(message):
            raise Refused("; ".join(faults))
        try:
            answer = self._open().send_email_notification(
                email_address=message.recipient.address,
                template_id=self._settings.template,
                personalisation=self._fill_in(message),
                reference=reference,
            )
            return Receipt(self.name, answer["id"], "created")
        except APIError as error:
            return self._judge(error, reference)
        except (KeyError, TypeError) as error:
            raise OutcomeUnknown(f"{_WHOM} answered without saying what became of the message") from error

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def _open(self) -> NotificationsAPIClient:
        if self._client is None:
            key = self._key = find_secret(NOTIFY_KEY, "the key of the GOV.UK Notify service")
            if not _KEY.fullmatch(key.get_secret_value()):
                raise WrongSetting(
                    "the key of the GOV.UK Notify service is not whole",
                    where=NOTIFY_KEY,
                    remedy="Copy it again as Notify shows it once: a name and two long numbers, joined by hyphens.",
                )
            self._client = NotificationsAPIClient(key.get_secret_value(), base_url=self._address, timeout=_SECONDS)
            self._client.request_session = self._session
        return self._client

    def _fill_in(self, message: Message) -> dict[str, Any]:
        [pdf] = _find_pdfs(message)
        weeks = self._settings.retention_weeks
        file = prepare_upload(
            io.BytesIO(pdf.content),
            filename=_shorten(pdf.name),
            confirm_email_before_download=True,
            retention_period=f"{weeks} week" if weeks == 1 else f"{weeks} weeks",
        )
        return {SUBJECT: message.subject, MESSAGE: escape_markdown(message.text), LINK: file}

    def _check_template(self) -> list[str]:
        try:
            template = self._open().get_template(self._settings.template)
        except APIError as error:
            if error.status_code == 403 and error.response is not None:
                raise self._reject_key(error) from None
            if error.status_code == 404:
                return [f"{_WHOM} knows no template {self._settings.template} for this key"]
            return []  # it cannot be asked now; sending will tell
        return list(_find_template_faults(template))

    def _judge(self, error: APIError, reference: str) -> Receipt:
        """Tell what Notify's answer, or the lack of one, means; its error types are fixed, its words are not."""
        if error.response is None or isinstance(error, InvalidResponse) or error.status_code in (502, 503, 504):
            return self._look_up(reference, error)
        said = f"{error.status_code} {self._tell(error)}"
        if error.status_code == 403:
            raise self._reject_key(error) from None
        if error.status_code == 429:
            raise Postponed(said, for_all=True) from None
        if error.status_code >= 500:  # «Notify was unable to process the request, resend your email»
            raise Postponed(said) from None
        raise Refused(said) from None

    def _look_up(self, reference: str, error: APIError) -> Receipt:
        """Ask Notify whether it has the message all the same; raise what is known where it has not."""
        if error.response is not None and 300 <= error.status_code < 400:
            raise Postponed(f"something between here and {_WHOM} answered in its place", for_all=True) from None
        failure = self._judge_silence(error)
        if isinstance(failure, OutcomeUnknown):
            try:
                [found] = self._open().get_all_notifications(reference=reference)["notifications"]
                return Receipt(self.name, found["id"], "found by its reference after no answer came")
            except (APIError, ValueError, KeyError, TypeError):
                pass
        raise failure from None

    def _judge_silence(self, error: APIError) -> Exception:
        if error.response is None:
            return judge_failure(error, self._session.body, _WHOM)
        return OutcomeUnknown(f"{_WHOM} had the whole message and answered {error.status_code} {self._tell(error)}")

    def _reject_key(self, error: APIError) -> WrongSetting:
        return WrongSetting(
            f"{_WHOM} does not take the key: {self._tell(error)}",
            where=NOTIFY_KEY,
            remedy="Use a live key of this service, and see that this computer's clock is right to half a minute.",
        )

    def _tell(self, error: APIError) -> str:
        said = error.message
        if isinstance(said, list):
            said = "; ".join(f"{one.get('error')}: {one.get('message')}" for one in said if isinstance(one, Mapping))
        secret = self._key.get_secret_value()
        return put_in_one_line(str(said), [self._key, SecretStr(secret[-36:])])


def escape_markdown(text: str) -> str:
    """Write ``text`` so that Notify makes no link of a name with brackets in it; it reads its messages as Markdown."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _find_pdfs(message: Message) -> list[Attachment]:
    return [one for one in message.attachments if one.media_type == "application/pdf"]


def _shorten(name: str) -> str:
    """Give a file's name at a length that Notify takes; the URN at its beginning and its ending stay."""
    ending = PurePath(name).suffix
    return name if len(name) <= _LONGEST_FILE_NAME else name[: _LONGEST_FILE_NAME - len(ending)].rstrip() + ending


def _check_files(message: Message) -> list[str]:
    faults = [
        f"{_WHOM} takes no {one.media_type} file ({one.name}); write `files: [pdf]` in delivery.yaml"
        for one in message.attachments
        if one.media_type != "application/pdf"
    ]
    pdfs = _find_pdfs(message)
    if len(pdfs) != 1:
        faults.append(f"{_WHOM} takes one PDF a message; this one has {len(pdfs)}")
    for pdf in pdfs:
        if len(pdf.content) > DOCUMENT_UPLOAD_SIZE_LIMIT:
            size, limit = len(pdf.content) / 2**20, DOCUMENT_UPLOAD_SIZE_LIMIT // 2**20
            faults.append(f"{pdf.name} has {size:.1f} MB; {_WHOM} takes up to {limit} MB")
    return faults


def _find_template_faults(template: Mapping[str, Any]) -> list[str]:
    if template["type"] != "email":
        return [f"the template at {_WHOM} is for {template['type']}, not for e-mail"]
    held = {re.sub(r"[\s_-]", "", field.lower()): field for field in template["personalisation"]}
    wanted = {re.sub(r"[\s_-]", "", field): field for field in (SUBJECT, MESSAGE, LINK)}
    missing = [f"(({field}))" for key, field in wanted.items() if key not in held]
    other = [f"(({field}))" for key, field in held.items() if key not in wanted]
    return [
        *([f"the template at {_WHOM} lacks {', '.join(missing)}"] if missing else []),
        *([f"the template at {_WHOM} asks for {', '.join(other)}, which no message has"] if other else []),
    ]
