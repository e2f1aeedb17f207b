"""The organisation's own mail server, over a line that is encrypted and whose certificate is checked.

One connection carries message after message and is opened anew when the server has closed it. The text of a message
goes first and the dot that ends it by itself: until the dot the server cannot have taken the message, after it the
server may have, whether an answer comes or not.
"""

from __future__ import annotations

import datetime
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn, Self

from pydantic import SecretStr

from pipeline.delivery.clock import read_clock
from pipeline.delivery.mail.message import Message
from pipeline.delivery.settings import SmtpSettings
from pipeline.delivery.transports import OutcomeUnknown, Postponed, Receipt, Refused, WrongSetting
from pipeline.delivery.transports.answers import put_in_one_line
from pipeline.delivery.transports.certificates import find_certificates
from pipeline.delivery.transports.mime import (
    compose_mime,
    encode_address,
    is_international,
    list_faults,
    make_message_id,
)
from pipeline.delivery.transports.secrets import SMTP_PASSWORD, find_secret
from pipeline.foundation.paths import EditionPaths

_TOO_LARGE = 552  # RFC 1870: the answer to MAIL FROM for a message beyond the server's limit


class _LineGone(Exception):
    """The line was found closed before a message's text had begun to leave."""


class Smtp:
    """Sends by SMTP. Opened on the first message; a password is looked for when a user is named."""

    name = "smtp"

    def __init__(
        self,
        settings: SmtpSettings,
        paths: EditionPaths,
        *,
        now: Callable[[], datetime.datetime] = read_clock,
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._now = now
        self._password: SecretStr | None = None
        self._line: smtplib.SMTP | None = None

    def check(self, message: Message) -> list[str]:
        return list_faults(message)

    def send(self, message: Message, reference: str) -> Receipt:
        content = compose_mime(message, reference, date=self._now()).as_bytes()
        try:
            said = self._hand_over(message, content)
        except _LineGone as gone:
            try:
                said = self._hand_over(message, content)
            except _LineGone:
                raise Postponed(f"the mail server closed the line: {gone}", for_all=True) from None
        return Receipt(self.name, make_message_id(message, reference), said)

    def __enter__(self) -> Self:
        if self._settings.user:
            self._password = find_secret(SMTP_PASSWORD, f"the password of {self._settings.user} at the mail server")
        self._certificates = find_certificates(self._settings.certificates, self._paths, self.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            try:
                self._line.quit()
            except (smtplib.SMTPException, OSError):
                self._hang_up()
            self._line = None

    def _hand_over(self, message: Message, content: bytes) -> str:
        """Give one message over the line, and its answer. Raises _LineGone where a new line may serve."""
        line = self._line or self._open()
        self._name_sender(line, message, content)
        self._name_recipient(line, message)
        code, said = self._ask(line, "DATA")
        if code != 354:
            self._turn_away(line, code, said)
        return self._give_text(line, content)

    def _name_sender(self, line: smtplib.SMTP, message: Message, content: bytes) -> None:
        options = [f"SIZE={len(content)}"] if line.has_extn("size") else []
        limit = line.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(content):
            raise Refused(f"the message has {len(content):,} bytes; the mail server takes {int(limit):,}")
        if is_international(message):
            if not line.has_extn("smtputf8"):
                raise Refused("the mail server takes no address with letters beyond ASCII before the @")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        sender = encode_address(message.sender.address)
        code, said = self._ask(line, f"MAIL FROM:<{sender}> {' '.join(options)}".rstrip())
        if code >= 500 and code != _TOO_LARGE:
            self._hang_up()
            raise WrongSetting(
                f"the mail server lets nothing be sent from {sender}: {code} {self._tell(said)}",
                where="delivery.yaml, sender: address",
                remedy="Ask whoever runs the mail server which address this user may send from.",
            )
        if code != 250:
            self._turn_away(line, code, said)

    def _name_recipient(self, line: smtplib.SMTP, message: Message) -> None:
        code, said = self._ask(line, f"RCPT TO:<{encode_address(message.recipient.address)}>")
        if code not in (250, 251):
            self._turn_away(line, code, said)

    def _give_text(self, line: smtplib.SMTP, content: bytes) -> str:
        try:
            line.send(re.sub(rb"(?m)^\.", b"..", content))
            spoken = self._listen(line)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise Postponed(f"the line was cut before the message was whole: {self._tell_error(error)}") from error
        if spoken is not None:  # whoever speaks or hangs up before the dot does not want the message
            self._hang_up()
            answer = self._tell(spoken) or "the line was closed"
            raise Refused(answer) if answer.startswith("5") else Postponed(f"before the message was whole: {answer}")
        return self._end_text(line)

    def _end_text(self, line: smtplib.SMTP) -> str:
        """Give the dot, and the answer to the message. From here on the server may have taken it."""
        try:
            line.send(b".\r\n")
            code, said = line.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            why = f"the mail server had the whole message and gave no answer: {self._tell_error(error)}"
            raise OutcomeUnknown(why) from error
        if 400 <= code < 600:
            self._turn_away(line, code, said)
        if not 200 <= code < 300:
            self._hang_up()
            raise OutcomeUnknown(f"the mail server had the whole message and answered {code} {self._tell(said)}")
        return f"{code} {self._tell(said)}"

    def _listen(self, line: smtplib.SMTP) -> bytes | None:
        """What the server has said unasked: nothing (None), words, or (empty) that it has hung up."""
        assert line.sock is not None
        line.sock.settimeout(0)
        try:
            return line.sock.recv(1000)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        finally:
            line.sock.settimeout(self._settings.seconds)

    def _ask(self, line: smtplib.SMTP, command: str) -> tuple[int, bytes]:
        """Give a command and its answer. Raises _LineGone where the server has closed the line or closes it now."""
        try:
            code, said = line.docmd(command)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise _LineGone(self._tell_error(error)) from error
        if code == 421:
            self._hang_up()
            raise _LineGone(f"421 {self._tell(said)}")
        return code, said

    def _turn_away(self, line: smtplib.SMTP, code: int, said: bytes) -> NoReturn:
        """Raise what the server's answer to this message means, and make the line ready for the next."""
        try:
            if code == 421 or line.rset()[0] != 250:
                self._hang_up()
        except (smtplib.SMTPException, OSError):
            self._hang_up()
        answer = f"{code} {self._tell(said)}"
        raise Refused(answer) if 500 <= code < 600 else Postponed(answer)

    def _open(self) -> smtplib.SMTP:
        try:
            line = self._connect()
            self._log_in(line)
        except BaseException:
            self._hang_up()
            raise
        line.command_encoding = "utf-8"  # an address with letters beyond ASCII, where the server takes it
        assert line.sock is not None
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot does not wait for what went before
        return line

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context(cafile=self._certificates)
        try:
            if settings.security == "tls":
                line: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host, settings.port, timeout=settings.seconds, context=context
                )
                self._line = line
            else:
                self._line = line = smtplib.SMTP(settings.host, settings.port, timeout=settings.seconds)
                line.starttls(context=context)
            line.ehlo_or_helo_if_needed()
            return line
        except ssl.SSLCertVerificationError as error:
            raise self._distrust(error) from error
        except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
            raise self._miss_encryption(error) from error
        except smtplib.SMTPResponseException as error:
            answer = f"{error.smtp_code} {self._tell(error.smtp_error)}"
            raise Postponed(f"the mail server takes nothing now: {answer}", for_all=True) from error
        except (smtplib.SMTPException, OSError) as error:
            where = f"{settings.host}, port {settings.port}"
            why = f"the mail server ({where}) cannot be reached: {self._tell_error(error)}"
            raise Postponed(why, for_all=True) from error

    def _log_in(self, line: smtplib.SMTP) -> None:
        if self._password is None:
            return
        try:
            line.login(self._settings.user, self._password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            answer = f"{error.smtp_code} {self._tell(error.smtp_error)}"
            if error.smtp_code < 500:
                raise Postponed(f"the mail server lets nobody in now: {answer}", for_all=True) from None
            raise self._reject_login(answer, "Check the user and the password.") from None
        except UnicodeEncodeError:
            why = "a user's name or password beyond ASCII cannot be sent"
            raise self._reject_login(why, "Have a password set of letters, digits and signs in ASCII.") from None
        except smtplib.SMTPServerDisconnected as error:
            why = f"the mail server closed the line: {self._tell_error(error)}"
            raise Postponed(why, for_all=True) from None
        except smtplib.SMTPException as error:
            remedy = "Ask for a user that may log in by password, or send through `microsoft365:`."
            raise self._reject_login(self._tell(str(error)), remedy) from None

    def _reject_login(self, why: str, remedy: str) -> WrongSetting:
        return WrongSetting(
            f"the mail server does not let {self._settings.user} in: {why}",
            where=f"smtp: user, and {SMTP_PASSWORD}",
            remedy=remedy,
        )

    def _distrust(self, error: ssl.SSLCertVerificationError) -> WrongSetting:
        return WrongSetting(
            f"the certificate of {self._settings.host} is not to be trusted: {self._tell(error.verify_message)}",
            where="smtp: host, certificates",
            remedy="Write the host as its certificate names it. If your organisation has its own authority, name the "
            "file of its certificates in `certificates:`. Nothing was sent.",
        )

    def _miss_encryption(self, error: Exception) -> WrongSetting:
        return WrongSetting(
            f"{self._settings.host}, port {self._settings.port}, offers no encryption of the kind asked for: "
            f"{self._tell(str(error))}",
            where="smtp: port, security",
            remedy="Use `security: starttls` with port 587, or `security: tls` with port 465. Nothing was sent: "
            "reports do not travel in the clear.",
        )

    def _tell(self, said: bytes | str) -> str:
        return put_in_one_line(said, [self._password] if self._password else [])

    def _tell_error(self, error: Exception) -> str:
        """What lies behind an error of smtplib, which itself says little more than that there is no connection."""
        return self._tell(str(error.__context__ or error))

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
