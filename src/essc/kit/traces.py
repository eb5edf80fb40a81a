"""OpenTelemetry traces, off by default: one span a request, named by its operation, sent to an OTLP collector in the background.

A span holds the operation, the status and the caller's trace context, never a path, an id or a body.
"""
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from essc.kit.http.front import Application
from essc.kit.http.incoming import Receive, Scope, Send

CARRIED: Final = (b"traceparent", b"tracestate")
"""The headers of W3C Trace Context that a caller may send."""
SERVER: Final = 1
"""The number of SpanKind.SERVER."""


Observe = Callable[[str, int, float], None]
"""Told of every request by the edge: operation, status, seconds."""


class TracesUnavailable(Exception):
    """Traces are asked for and the libraries are not installed; the text says how to install them."""


class Traces:
    """Makes spans and sends them to the collector at `endpoint` (`http://localhost:4318`). Close it at the end of the process."""

    def __init__(self, endpoint: str) -> None:
        try:
            sdk, export = import_module("opentelemetry.sdk.trace"), import_module("opentelemetry.sdk.trace.export")
            otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
            self._api: Any = import_module("opentelemetry.trace")
            self._context: Any = import_module("opentelemetry.trace.propagation.tracecontext").TraceContextTextMapPropagator()
            resource = import_module("opentelemetry.sdk.resources").Resource.create({"service.name": "essc"})
        except ModuleNotFoundError as missing:
            raise TracesUnavailable(f"ESSC_OTEL_ENDPOINT is set and {missing.name} is not installed: pip install 'essc[otel]'") from missing
        self._provider: Any = sdk.TracerProvider(resource=resource)
        self._provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
        self._tracer: Any = self._provider.get_tracer("essc")

    def around(self, inner: Application) -> Application:
        """`inner` with a span around each request; `named` gives it its name."""
        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            context = self._context.extract(_carried(scope))
            with self._tracer.start_as_current_span("http", context=context, kind=self._api.SpanKind(SERVER), record_exception=False):
                await inner(scope, receive, send)
        return traced

    def named(self, observe: Observe) -> Observe:
        """`observe`, and the span of the request gets its name, when the edge has answered."""
        def seen(operation: str, status: int, seconds: float) -> None:
            span = self._api.get_current_span()
            span.update_name(operation)
            span.set_attribute("http.response.status_code", status)
            observe(operation, status, seconds)
        return seen

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _carried(scope: Scope) -> Mapping[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in CARRIED}
