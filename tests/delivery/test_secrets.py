"""Passwords and keys come from the environment or the keyring, and show up nowhere."""

from __future__ import annotations

import base64

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError
from pydantic import SecretStr

from pipeline.delivery.transports import WrongSetting
from pipeline.delivery.transports.answers import put_in_one_line
from pipeline.delivery.transports.secrets import SERVICE, SMTP_PASSWORD, find_secret


class KeyringOfATest(KeyringBackend):
    """A fake in place of the desktop's keyring, which no test may ask for: it holds what it is given."""

    priority = 1

    def __init__(self, passwords=None, error=None):
        self.passwords, self.error = passwords or {}, error

    def get_password(self, service, username):
        if self.error:
            raise self.error
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        self.passwords[service, username] = password


@pytest.fixture
def use_keyring(monkeypatch):
    before = keyring.get_keyring()
    monkeypatch.delenv(SMTP_PASSWORD, raising=False)
    yield lambda **how: keyring.set_keyring(KeyringOfATest(**how))
    keyring.set_keyring(before)


@pytest.mark.slow
def test_the_environment_comes_first(use_keyring, monkeypatch):
    use_keyring(passwords={(SERVICE, SMTP_PASSWORD): "from the keyring"})
    monkeypatch.setenv(SMTP_PASSWORD, "from the environment\n")
    assert find_secret(SMTP_PASSWORD, "the password").get_secret_value() == "from the environment"


@pytest.mark.slow
def test_then_the_keyring(use_keyring):
    use_keyring(passwords={(SERVICE, SMTP_PASSWORD): "from the keyring"})
    assert find_secret(SMTP_PASSWORD, "the password").get_secret_value() == "from the keyring"


@pytest.mark.slow
@pytest.mark.parametrize("error", [None, KeyringLocked("locked"), NoKeyringError("none")])
def test_where_neither_has_it_the_remedy_names_both(use_keyring, error):
    use_keyring(error=error)
    with pytest.raises(WrongSetting) as raised:
        find_secret(SMTP_PASSWORD, "the password of reports at the mail server")
    assert raised.value.exit_code == 4
    assert SMTP_PASSWORD in raised.value.remedy
    assert f"keyring set {SERVICE} {SMTP_PASSWORD}" in raised.value.remedy


def test_a_secret_does_not_show_when_it_is_printed(use_keyring, monkeypatch):
    monkeypatch.setenv(SMTP_PASSWORD, "correct horse")
    secret = find_secret(SMTP_PASSWORD, "the password")
    assert "horse" not in f"{secret} {secret!r}"


@pytest.mark.slow
@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",)), min_size=8, max_size=40), st.text(max_size=5))
def test_a_server_that_repeats_a_login_gives_nothing_away(password, user):
    sent = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    told = put_in_one_line(f"535 refused: AUTH PLAIN {sent} or {password}", [SecretStr(password)])
    assert password not in told or password in "535 refused: AUTH PLAIN or …"
    assert sent not in told


def test_an_answer_is_one_line_that_steers_no_terminal():
    assert put_in_one_line(b"250 ok\r\n\x1b[2Jgone \xff\ttab") == "250 ok [2Jgone \ufffd tab"
    assert len(put_in_one_line("long " * 200)) == 300
