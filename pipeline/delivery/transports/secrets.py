"""Passwords and keys: from the environment or this computer's keyring, and from nowhere else.

No secret stands in a file of an edition, in a log, in the ledger or in a message to the person who sends.
"""

from __future__ import annotations

import os

from pydantic import SecretStr

from pipeline.delivery.transports import WrongSetting

#: The keyring's name for this service. The account within it is the name of the environment variable.
SERVICE = "school-reports"

SMTP_PASSWORD = "SCHOOL_REPORTS_SMTP_PASSWORD"
NOTIFY_KEY = "SCHOOL_REPORTS_NOTIFY_KEY"
MICROSOFT365_SECRET = "SCHOOL_REPORTS_MICROSOFT365_SECRET"


def find_secret(name: str, what: str) -> SecretStr:
    """Find the secret ``name`` (``what`` says what it is, in words): the environment first, then the keyring.

    Raises WrongSetting where neither has it.
    """
    value = os.environ.get(name, "").strip("\r\n") or _ask_keyring(name)
    if not value:
        raise WrongSetting(
            f"{what} is not known",
            where=name,
            remedy=f"Set the environment variable {name}, or keep it in this computer's keyring: "
            f"`python -m keyring set {SERVICE} {name}`. It has no place in a file.",
        )
    return SecretStr(value)


def _ask_keyring(name: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        return None
    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:  # there is none, or nobody unlocked it: the environment is left
        return None
