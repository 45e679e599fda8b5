"""What stands in logs: the id of the request that all of it belongs to, and nobody's name, address or secret link."""

import logging
import traceback
from types import TracebackType

from pythonjsonlogger.json import JsonFormatter

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutAddresses(logging.Filter):
    """Says of a request which kind of address was asked for, and not which: paths hold secret links, and searches.

    Django's own lines are "Not Found: /utan-konto/…"; ours is "Not Found", with `route` and `method` beside it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        if request is None:
            return True
        match = getattr(request, "resolver_match", None)
        record.route = match.view_name if match else ""
        record.method = getattr(request, "method", "")
        if record.args:
            path = getattr(request, "path", "")
            record.msg = " ".join(str(part) for part in _arguments(record) if path not in str(part)) or "request"
            record.args = ()
        return True


class WithoutArguments(logging.Filter):
    """Says of background work which task it was, and not what it was asked: searches are among the arguments.

    Celery's own lines hold a fault's words, and beside them, for whoever logs in JSON, arguments and a traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("celery", "kombu")):
            return True
        data = record.__dict__.pop("data", None)
        if isinstance(data, dict):
            record.task, record.task_id = data.get("name", ""), data.get("id", "")
            record.msg, record.args = f"Task {data.get('description') or 'was told of'}", ()
        elif "body" in str(record.msg):
            # What cannot be read or is unknown is quoted whole.
            record.msg, record.args = str(record.msg).strip().partition("%")[0].strip(" :"), ()
        return True


def _arguments(record: logging.LogRecord) -> tuple:
    return record.args if isinstance(record.args, tuple) else (record.args,)


class WithoutWords(JsonFormatter):
    """JSON, a line each, in which a fault is its kind and its place: what a database says of it holds people's data."""

    def formatException(self, ei: ExceptionInfo) -> str:
        kind, error, place = ei
        if kind is None or error is None:
            return ""
        kinds = [kind.__name__]
        while (error := error.__cause__ or error.__context__) is not None:
            kinds.append(type(error).__name__)
        return "".join(traceback.format_tb(place)) + " from ".join(kinds)
