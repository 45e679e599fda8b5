"""A municipality in the words of schema.org."""

from portal.municipalities.enums import MunicipalityKind
from portal.municipalities.models import Municipality


def organisation(municipality: Municipality) -> dict[str, str]:
    """The schema.org object of a tenant: cities and municipalities are parts of government, foundations are not."""
    is_public = municipality.kind != MunicipalityKind.ORGANISATION
    return {"@type": "GovernmentOrganization" if is_public else "Organization", "name": municipality.name}
