"""Bodies as billing systems send them (JSON, XML, forms, CSV), as one kind of value that a mapping can look into."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from ..money import json_number
from .amounts import PayloadError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEPEST: Final = 64
_XML: Final = re.compile(rb"^\s*<")
_CONTROL: Final = re.compile(r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));", re.IGNORECASE)
"""References to characters that XML does not have, which Tally writes all the same (`&#4; Primary`)."""
_CONTROL_CHARACTERS: Final = dict.fromkeys({*range(32), 0xFFFE, 0xFFFF} - {0x9, 0xA, 0xD})
"""The same as characters, to be left out."""
_BARE_AMPERSAND: Final = re.compile(r"&(?!#\d+;|#x[0-9a-f]+;|[a-z][a-z0-9]*;)", re.IGNORECASE)
"""As in `Asha & Sons`, where a connector wrote a name as it is."""
_TALLY_PREFIX: Final = "UDF"
"""The prefix of Tally's own fields, which an excerpt of an export uses without having declared it."""

_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def parse_document(body: bytes, media: str) -> Any:
    """The content of a body: by its media type, or by what it looks like where that says nothing. Raises Unreadable."""
    kind = media.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded" and not _looks_like_xml(body) and not _looks_like_json(body):
        return read_form(body)
    if kind in ("text/csv", "text/tab-separated-values"):
        from .tables import read_exported_list

        return read_exported_list(body)
    if kind in ("application/xml", "text/xml") or kind.endswith("+xml") or _looks_like_xml(body):
        return read_xml(body)
    return read_json(body)


def read_json(body: bytes) -> Any:
    """Numbers stay exact; constants that JSON does not know are refused."""
    try:
        return json.loads(body, parse_float=json_number, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is not valid JSON") from error


def read_form(body: bytes) -> dict[str, Any]:
    """A form's fields; a repeated one is a list. A lone field `payload`, `data` or `JSONString` (Zoho's) that holds
    JSON is the content."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1_000)
    except ValueError as error:
        raise PayloadError("the body is no form") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        there = fields.get(name)
        fields[name] = value if there is None else [*there, value] if isinstance(there, list) else [there, value]
    for name in ("payload", "data", "JSONString"):
        if len(fields) == 1 and isinstance(fields.get(name), str) and _looks_like_json(fields[name].encode()):
            content = read_json(fields[name].encode())
            return content if isinstance(content, dict) else {"records": content}
    return fields


def read_xml(body: bytes) -> dict[str, Any]:
    """`<A x="1"><B>2</B></A>` as `{"A": {"@x": "1", "B": "2"}}`; a repeated element is a list.

    Without entities and document types: those make small documents large, and read files.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        # The text is decoded already, so a declaration of its former encoding would be wrong.
        root = fromstring(_mended(re.sub(r"^\s*<\?xml[^>]*\?>", "", _decode(body))), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise PayloadError("the body is not valid XML") from error
    return {root.tag: _element(root, 0)}


def _mended(text: str) -> str:
    """XML without the faults that exports are known for, none of which can be read in two ways."""
    text = _CONTROL.sub("", text.translate(_CONTROL_CHARACTERS))
    if "<![CDATA[" not in text:
        text = _BARE_AMPERSAND.sub("&amp;", text)
    if f"<{_TALLY_PREFIX}:" in text and f"xmlns:{_TALLY_PREFIX}" not in text:
        text = re.sub(r"<([A-Za-z_][\w.-]*)", rf'<\1 xmlns:{_TALLY_PREFIX}="TallyUDF"', text, count=1)
    return text


def _element(element: Element, depth: int) -> Any:
    if depth > _DEEPEST:
        raise PayloadError("the XML is nested too deeply")
    content: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        value, tag = _element(child, depth + 1), child.tag.rpartition("}")[2]
        there = content.get(tag)
        content[tag] = value if tag not in content else [*there, value] if isinstance(there, list) else [there, value]
    text = (element.text or "").strip()
    if not any(not name.startswith("@") for name in content) and not content:
        return text
    if text:
        content["#text"] = text
    return content


def _decode(body: bytes) -> str:
    if body.startswith(_BOMS):
        return body.decode("utf-16")
    if body[:2] in (b"<\x00", b"\x00<"):
        return body.decode("utf-16-le" if body[:1] == b"<" else "utf-16-be")
    declared = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([A-Za-z0-9._-]+)", body)
    encoding = declared[1].decode() if declared else "utf-8"
    try:
        if declared is None:
            return _undeclared(body)
        return body.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError as error:
        raise ValueError(f"unknown encoding {encoding}") from error


def _undeclared(body: bytes) -> str:
    """UTF-8, as a document without a declaration is to be; else what programs on Windows write."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252")


def _looks_like_xml(body: bytes) -> bool:
    wide = body.startswith(_BOMS) and b"<" in body[2:4]
    return bool(_XML.match(body)) or wide or body.startswith((b"\xef\xbb\xbf<", b"<\x00"))


def _looks_like_json(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def as_list(value: Any) -> list[Any]:
    """A list of what is there once, more than once, or not at all."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
