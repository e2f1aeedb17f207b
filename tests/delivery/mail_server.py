"""A real mail server (aiosmtpd, with certificates of its own authority) that keeps what it accepts in a folder and
fails where it is told to.

    with MailServer(tmp_path / "mail") as server:
        server.faults.append(Fault("RCPT", address="head@gone.example", reply="550 5.1.1 No such mailbox"))
        ...  # send, with server.settings()
        [received] = server.received()
"""

from __future__ import annotations

import asyncio
import datetime
import json
import ssl
import warnings
from collections import Counter
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Literal, cast

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pipeline.delivery.settings import SmtpSettings

#: Where a fault strikes: before the banner, at a command, within the message's text, after the dot that ends it.
Stage = Literal["greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "body", "dot", "RSET", "QUIT"]


@dataclass
class Fault:
    """What goes wrong, where, for whom and how often.

    ``seconds`` pass first; then the line is dropped, or ``reply`` is given, or with neither the server goes on as
    usual. A reply of 421 closes the line, as RFC 5321 has it. With ``keep`` a message whose line is dropped after the
    dot was accepted all the same.
    """

    stage: Stage
    drop: bool = False
    reply: str = ""
    seconds: float = 0
    address: str = ""  # only messages to it; empty for all
    keep: bool = False
    times: int = 1_000_000


@dataclass(frozen=True)
class Received:
    """A message as the server accepted it: the envelope's two sides and the bytes between DATA and the dot."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return cast(EmailMessage, BytesParser(policy=policy.default).parsebytes(self.content))


@dataclass
class Mailbox:
    """The server's folder, and how many connections, logins and messages it has seen."""

    folder: Path
    faults: list[Fault] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def strike(self, stage: Stage, envelope: Envelope | None) -> Fault | None:
        """Give the first fault that has its turn at this stage of this message."""
        addresses = {address.lower() for address in envelope.rcpt_tos} if envelope else set()
        for fault in self.faults:
            if fault.stage == stage and fault.times > 0 and (not fault.address or fault.address.lower() in addresses):
                fault.times -= 1
                return fault
        return None

    def keep(self, envelope: Envelope) -> None:
        """Write an accepted message and its envelope to the folder, whole or not at all."""
        self.seen["messages"] += 1
        path = self.folder / f"{self.seen['messages']:06}.eml"
        sides = {"sender": envelope.mail_from, "recipients": envelope.rcpt_tos}
        path.with_suffix(".json").write_text(json.dumps(sides), encoding="utf-8")
        making = path.with_suffix(".making")
        making.write_bytes(bytes(envelope.original_content or b""))
        making.replace(path)

    async def handle_DATA(self, server: FaultySmtp, session: Session, envelope: Envelope) -> str:
        fault = self.strike("dot", envelope)
        if fault is None or fault.keep or not (fault.drop or fault.reply):
            self.keep(envelope)
        if fault is not None and await server.suffer(fault):
            return fault.reply or "451 4.3.0 The line is gone"
        server.accepted += 1
        return f"250 2.0.0 Ok: kept as {self.seen['messages']}"


class FaultySmtp(SMTP):
    """One connection."""

    def __init__(self, mailbox: Mailbox, close_after: int, **settings: object) -> None:
        self.mailbox, self.close_after, self.accepted = mailbox, close_after, 0
        super().__init__(mailbox, **settings)  # type: ignore[arg-type]

    async def suffer(self, fault: Fault) -> bool:
        """Wait as long as the fault says, drop the line where it says so; whether the usual course ends here."""
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.drop and self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()
        return fault.drop or bool(fault.reply)

    async def _strikes(self, stage: Stage, address: str = "") -> bool:
        envelope = self.envelope
        if address:
            envelope = Envelope()
            envelope.rcpt_tos = [address]
        fault = self.mailbox.strike(stage, envelope)
        if fault is None or not await self.suffer(fault):
            return False
        if not fault.drop:
            await self.push(fault.reply)
            if fault.reply.startswith("421") and self.transport is not None:
                self.transport.close()
        return True

    async def _handle_client(self) -> None:
        self.mailbox.seen["connections"] += 1
        if not await self._strikes("greeting"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._strikes("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._strikes("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._strikes("AUTH"):
            self.mailbox.seen["logins"] += 1
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._strikes("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        _, _, rest = (arg or "").partition("<")
        if not await self._strikes("RCPT", rest.partition(">")[0]):
            await super().smtp_RCPT(arg)

    async def smtp_RSET(self, arg: str) -> None:
        if not await self._strikes("RSET"):
            await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._strikes("QUIT"):
            await super().smtp_QUIT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._strikes("DATA"):
            return
        body = self.mailbox.strike("body", self.envelope)
        if body is None:
            await super().smtp_DATA(arg)
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.read(2000)
            if await self.suffer(body) and not body.drop:
                await self.push(body.reply)
                cast(asyncio.Transport, self.transport).close()
        if self.close_after and self.accepted >= self.close_after and self.transport is not None:
            self.transport.close()


class MailServer(Controller):
    """An SMTP server on a free port of this machine, in a thread, with STARTTLS, with TLS from the first byte, or
    (``"none"``) without any.

    ``certificate`` is good, made for another name, expired, or by an authority that nobody knows;
    ``close_after`` closes the line after so many messages; with ``user`` nothing goes without a login.
    """

    def __init__(
        self,
        folder: Path,
        *,
        security: Literal["starttls", "tls", "none"] = "starttls",
        certificate: Literal["good", "other name", "expired", "unknown"] = "good",
        user: str = "",
        password: str = "",
        close_after: int = 0,
        largest: int = 33_554_432,
        mechanisms: tuple[str, ...] = ("LOGIN", "PLAIN"),
        international: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.mailbox, self.security, self.user = Mailbox(folder), security, user
        self.faults, self.seen = self.mailbox.faults, self.mailbox.seen
        authority = trustme.CA()
        self.certificates = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.certificates))
        context = _set_up_tls(authority, certificate) if security != "none" else None
        self._close_after = close_after
        self._login = (user.encode(), password.encode())
        super().__init__(
            self.mailbox,
            hostname="127.0.0.1",
            port=0,
            ssl_context=context if security == "tls" else None,
            server_hostname="mail.example",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=bool(user),
            auth_require_tls=security == "starttls",
            auth_exclude_mechanism={"LOGIN", "PLAIN"} - set(mechanisms),
            authenticator=self._know,
            data_size_limit=largest,
            enable_SMTPUTF8=international,
        )

    def factory(self) -> FaultySmtp:
        with warnings.catch_warnings():  # aiosmtpd takes a login over TLS from the first byte for one without any
            warnings.simplefilter("ignore", UserWarning)
            return FaultySmtp(self.mailbox, self._close_after, loop=self.loop, **self.SMTP_kwargs)

    def _know(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object) -> AuthResult:
        known = isinstance(login, LoginPassword) and (login.login, login.password) == self._login
        return AuthResult(success=known, handled=False)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()

    def __enter__(self) -> MailServer:
        self.start()
        self.seen.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def settings(self, **changed: object) -> SmtpSettings:
        """What an edition's ``delivery.yaml`` would say to reach this server, with changes where a test wants them."""
        said: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "tls" if self.security == "tls" else "starttls",
            "user": self.user,
            "certificates": str(self.certificates),
            "per_minute": 1_000_000,
            "seconds": 10,
        }
        return SmtpSettings.model_validate(said | changed)

    def received(self) -> list[Received]:
        """Every message accepted so far, in the order it came."""
        return read_received(self.mailbox.folder)


def read_received(folder: Path) -> list[Received]:
    """Read the messages that a server has kept in ``folder``."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        sides = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        found.append(Received(sides["sender"], tuple(sides["recipients"]), path.read_bytes()))
    return found


def _set_up_tls(authority: trustme.CA, kind: str) -> ssl.SSLContext:
    issuer = trustme.CA() if kind == "unknown" else authority
    names = ("elsewhere.example",) if kind == "other name" else ("localhost", "127.0.0.1")
    ended = datetime.datetime(2020, 1, 1) if kind == "expired" else None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issuer.issue_cert(*names, not_after=ended).configure_cert(context)
    return context
