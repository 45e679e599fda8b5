"""A programme as xCal (RFC 6321): what is in its calendar file, written as XML."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from portal.conferences.exports.addresses import Addresses
from portal.conferences.exports.calendars import calendar_of
from portal.conferences.exports.markup import child, document, writable
from portal.conferences.models import Conference
from portal.conferences.services.programmes import Programme, ProgrammeSession

_NAMESPACE = "urn:ietf:params:xml:ns:icalendar-2.0"


def xcal_file(
    conference: Conference, programme: Programme, addresses: Addresses, *, sessions: Sequence[ProgrammeSession]
) -> bytes:
    """`sessions` of a released programme as an xCal document. There must be one at least."""
    calendar = calendar_of(conference, programme, addresses, sessions=sessions)
    root = ElementTree.Element("icalendar", {"xmlns": _NAMESPACE})
    _add_component(root, calendar.to_jcal())
    return document(root)


def _add_component(parent: ElementTree.Element, component: Any) -> None:
    """A component as jCal has it (RFC 7265): the same names, types and values as in xCal, as lists."""
    name, properties, components = component
    element = child(parent, name)
    if properties:
        inside = child(element, "properties")
        for property_name, parameters, kind, *values in properties:
            _add_property(child(inside, property_name), parameters, kind, values)
    if components:
        inside = child(element, "components")
        for one in components:
            _add_component(inside, one)


def _add_property(element: ElementTree.Element, parameters: dict[str, Any], kind: str, values: list[Any]) -> None:
    if parameters:
        inside = child(element, "parameters")
        for name, value in parameters.items():
            child(child(inside, name), "text", value)
    for value in values:
        child(element, kind, writable(value))
