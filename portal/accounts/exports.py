"""What is known of somebody, as a file for machines."""

from collections.abc import Iterable

from django.http import JsonResponse

from portal.accounts.services.personal_data import Section


def data_file(sections: Iterable[Section], *, name: str = "samlarande-mina-uppgifter.json") -> JsonResponse:
    """`personal_data.export` as JSON to be kept (Article 20 GDPR): a list of {"key", "title", "rows"}."""
    known = [{"key": section.key, "title": section.title, "rows": section.rows} for section in sections]
    response = JsonResponse(known, safe=False, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
