"""What the other side said, fit to be shown and kept: one line, nothing that steers a terminal, no secret."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from pydantic import SecretStr

LONGEST = 300
_TELLING = 4  # characters; fewer of a secret in base64 tell nothing, and strike out what has nothing to do with it


def put_in_one_line(said: bytes | str, secrets: Iterable[SecretStr] = ()) -> str:
    """Give an answer as one line of at most 300 characters.

    A server may repeat what it was sent: every one of ``secrets`` is struck out, as it is and in base64.
    """
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    for secret in secrets:
        for form in _list_forms(secret.get_secret_value()):
            text = text.replace(form, "…")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _list_forms(secret: str) -> list[str]:
    """The secret and what base64 makes of it wherever it begins in a longer text, without the letters at either end
    that also hang on its neighbours."""
    forms = []
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        forms.append(encoded[-(-before * 8 // 6) : -1])
    return [secret, *(form for form in forms if len(form) >= _TELLING)] if secret else []
