"""Faults to a Sentry and traces to an OpenTelemetry collector, where an installation names one; else neither is loaded.

What leaves is chosen, not what stays: an event or a span is made anew of the few parts listed here. A fault's words,
addresses, bodies, cookies, variables and what was logged before hold people's data, and nobody can list all of it.
"""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django_guid import get_guid

_FRAME = ("filename", "function", "module", "lineno", "in_app", "pre_context", "context_line", "post_context")
_EVENT = ("event_id", "timestamp", "level", "platform", "logger", "transaction", "environment", "release", "sdk")
_ATTRIBUTES = (
    *("http.request.method", "http.method", "http.route", "http.response.status_code", "http.status_code"),
    *("db.system", "db.system.name", "celery.action", "celery.task_name", "celery.state", "exception.type"),
)


def missing() -> list[str]:
    """The settings that ask for something whose packages are not installed (the extra `watch`)."""
    asked = {
        "SENTRY_DSN": (settings.SENTRY_DSN, "sentry_sdk"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": (settings.OTEL_EXPORTER_OTLP_ENDPOINT, "opentelemetry.exporter"),
    }
    return [name for name, (value, module) in asked.items() if value and not _is_installed(module)]


def start() -> None:
    """Called once in each process, before the first request; does nothing where nothing is set or installed."""
    without = missing()
    if settings.SENTRY_DSN and "SENTRY_DSN" not in without:
        _start_sentry()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and "OTEL_EXPORTER_OTLP_ENDPOINT" not in without:
        _start_tracing()


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package it is in
        return False


# --- Sentry ---


def _start_sentry() -> None:
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        # Only these two: others would add what a new version of theirs thinks of.
        integrations=[DjangoIntegration(transaction_style="function_name"), CeleryIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=_chosen,
    )


def _chosen(event: Any, hint: Any) -> Any:
    """The event with what is known to be nobody's; None (nothing is sent) where no exception is told of."""
    faults = event.get("exception", {}).get("values") or []
    if not faults:
        return None
    chosen = {name: event[name] for name in _EVENT if name in event}
    chosen["exception"] = {"values": [_fault(fault) for fault in faults]}
    chosen["tags"] = {"request_id": get_guid() or ""}
    return chosen


def _fault(fault: dict) -> dict:
    frames = (fault.get("stacktrace") or {}).get("frames") or []
    return {
        "type": fault.get("type"),
        "module": fault.get("module"),
        "stacktrace": {"frames": [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]},
    }


# --- OpenTelemetry ---


def _start_tracing() -> None:
    from opentelemetry import propagate, trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    class Chosen(SpanExporter):
        """Sends spans without what they hold of people."""

        def __init__(self, endpoint: str) -> None:
            self.exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return self.exporter.export([_span(span) for span in spans])

        def shutdown(self) -> None:
            self.exporter.shutdown()

    # Read by the SDK itself, as are OTEL_RESOURCE_ATTRIBUTES and, for how many are kept, OTEL_TRACES_SAMPLER.
    os.environ.setdefault("OTEL_SERVICE_NAME", "samlarande")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Chosen(settings.OTEL_EXPORTER_OTLP_ENDPOINT)))
    trace.set_tracer_provider(provider)
    # Without "baggage": nothing that a reader sends goes on to background work.
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    DjangoInstrumentor().instrument(excluded_urls="healthz,readyz,metrics")
    CeleryInstrumentor().instrument()
    PsycopgInstrumentor().instrument()


def _span(span: Any) -> Any:
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Link, Status

    def kept(attributes: Any) -> dict:
        return {name: value for name, value in (attributes or {}).items() if name in _ATTRIBUTES}

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=kept(span.attributes),
        events=[Event(event.name, kept(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
