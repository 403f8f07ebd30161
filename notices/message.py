"""A letter as an Internet message (RFC 5322), and its identity (RFC 5322 3.6.4)."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from notices.kinds import LetterError
from notices.letters import Letter
from settings import Controller, SettingsError

_ASCII = SMTP.clone(cte_type="7bit")  # a relay need not offer 8BITMIME
_MAILBOX = re.compile(r"(?:[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@(?:[\w-]+(?:\.[\w-]+)*)")
_MAX_ADDRESS = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


def new_message_id(sender: str) -> str:
    """A Message-ID nobody else has: `<uuid@domain of the sender>`."""
    return f"<{uuid.uuid4().hex}@{check_sender(sender).domain}>"


def check_sender(sender: str) -> Address:
    """The sender as a mailbox. Raises `SettingsError`."""
    try:
        return mailbox(sender)
    except LetterError:
        raise SettingsError("notices.sender is not one mailbox of the form local@domain. Correct it.") from None


def is_mailbox(address: str) -> bool:
    """Whether `address` is one mailbox, `local@domain` (RFC 5321 dot-string, RFC 6531 letters).

    Stricter than the grammar on purpose: quoted local parts and address literals do not occur among customers, but do in
    attacks.
    """
    return len(address) <= _MAX_ADDRESS and address.isprintable() and _MAILBOX.fullmatch(address) is not None


def mailbox(address: str) -> Address:
    """`address` taken apart. Raises `LetterError`, without the address, for what is not one mailbox."""
    if not is_mailbox(address):
        raise LetterError("The address is not one mailbox of the form local@domain. Correct it where it is on file.")
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=domain)


def compose(
    letter: Letter, *, message_id: str, sender: str, recipient: str, controller: Controller, at: datetime
) -> EmailMessage:
    """The message for one recipient, text and HTML. Raises `LetterError` for a recipient that is no mailbox.

    `EmailMessage` refuses line breaks in headers, so no value can add a header. Auto-Submitted (RFC 3834) keeps
    out-of-office robots from answering.
    """
    to = mailbox(recipient)
    message = EmailMessage(policy=_ASCII if (sender + recipient).isascii() else SMTPUTF8)
    message["From"] = Address(" ".join(controller.name.split()), addr_spec=check_sender(sender).addr_spec)
    message["To"] = to
    if is_mailbox(controller.contact):
        message["Reply-To"] = mailbox(controller.contact)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.tag  # earlier, it would move into the text part
    return message
