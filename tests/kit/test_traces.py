"""Traces: one span a request, named by its operation, in the caller's trace, without anything of a person's."""
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from essc.kit.traces import Traces


class Collector:
    """An OTLP collector on this machine that keeps the spans it is sent."""

    def __init__(self) -> None:
        self.spans: list = []
        kept = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    kept.extend(span for scope in resource.scope_spans for span in scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


async def test_a_request_is_a_span_of_its_operation_in_the_trace_of_its_caller(collector):
    traces, counted = Traces(collector.url), []
    observe = traces.named(lambda *seen: counted.append(seen))

    async def edge(scope, receive, send):
        observe("cards.report_loss", 200, 0.001)

    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    scope = {"type": "http", "path": "/v1/cards/card_1/loss", "headers": [(b"traceparent", f"00-{trace}-{parent}-01".encode())]}
    await traces.around(edge)(scope, None, None)
    traces.close()
    [span] = collector.spans
    assert counted == [("cards.report_loss", 200, 0.001)]
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex(), span.kind) == ("cards.report_loss", trace, parent, 2)
    assert [(attribute.key, attribute.value.int_value) for attribute in span.attributes] == [("http.response.status_code", 200)]
