"""XML as others can read it, whatever people have written."""

import re
from xml.etree import ElementTree

# What XML 1.0 (2.2) has no way to write, not even as a reference.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def child(parent: ElementTree.Element, name: str, text: object = "", /, **attributes: object) -> ElementTree.Element:
    """An element below `parent` with this text and these attributes."""
    element = ElementTree.SubElement(parent, name, {key: writable(value) for key, value in attributes.items()})
    element.text = writable(text)
    return element


def writable(value: object) -> str:
    """`value` without the characters that no XML document may hold."""
    return _UNWRITABLE.sub("", str(value))


def document(root: ElementTree.Element) -> bytes:
    """The whole document, in UTF-8."""
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
