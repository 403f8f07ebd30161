"""Mail as bytes (RFC 5322, 2045-2049, 2231): read into a `Record`, and masked without touching other bytes.

    parse(raw, ref, version, limits) -> Record       never raises on bytes, linear in their length
    attachment(raw, path, limits) -> bytes           one attachment, decoded
    redact(raw, masks, drop, stamp) -> bytes         splices the message; see its docstring for what it refuses
    mbox_entry(raw, sender, received) -> bytes       the message as an entry of an mboxrd file

A message is read as a tree of byte ranges, so that every piece of text knows the bytes it came from. Parts are numbered
by their place in the tree: `2.1` is the first part of the second; a forwarded message is a part of the part that holds it.

    header:3                     the fourth header field of the message, decoded (RFC 2047, raw 8-bit) and unfolded
    part:1.2/header:0            the same of a part, or of a forwarded message
    part:2/header:1/filename     a file name (RFC 2231 and what senders really do); `name`, `filename*` likewise
    header:5/boundary            a boundary, only if it holds an address
    part:1.2                     a body; of HTML what is seen, then attributes, comments and scripts
    preamble, epilogue           text outside the parts (`part:2/preamble` of an inner one)
    part:2/appended              text that somebody put behind an encoded block
    part:3, part:3/1, part:3/1/name   drawn out of an attached file: not maskable
    part:0                       all parts together, where something is wrong with them

Syntax is not text: media types, names of parameters and markup are left out, so that no mask can break a message. A
header can be masked through `field:subject` and `field:message-id` too.

A copy of a person's data may stand in a message several times (plain and HTML, `To` and `Received`): each is its own text
and needs its own mask. Not read: pictures, sound, encrypted parts, and fragments of `message/partial`, all named
in `Record.unreadable`. Text in uuencoded parts is read, but cannot be masked.
"""

from connectors.mail.mbox import mbox_entry
from connectors.mail.reading import attachment, parse
from connectors.mail.redaction import redact

__all__ = ["attachment", "mbox_entry", "parse", "redact"]
