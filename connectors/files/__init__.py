"""Files with the way back: what can be read in one, and the same file with spans of it masked.

    open_file(data, name, media_type, limits) -> File     never raises on bytes; the type is told by the content
    file.passages                                         what a reader, or a program, finds in it
    file.unread, file.removed                             what nobody could read; what `masked` takes out for that
    file.masked(masks) -> bytes                           splices; raises `Unsupported` for what cannot be written

What no mask touches stays as it is: byte for byte in text, markup, JSON, CSV and mail, member for member in office files.
In a PDF the glyphs below a mask leave the content stream and the rest stays where it stood.

Decided here: comments, scripts and hidden attributes are read and masked like text; embedded pictures and recordings stay
and are named (`picture`, `media`); previews (thumbnails), private application data and XMP of a masked file go, since they
repeat what is masked; names that other places refer to (sheets, defined names, keys of JSON unless asked) are `fixed`.
"""

from connectors.files.opening import open_file
from connectors.files.passages import TOLERATED, File, Passage

__all__ = ["TOLERATED", "File", "Passage", "open_file"]
