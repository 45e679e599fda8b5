"""As much of Elasticsearch as the portal's own client asks for, over HTTP, that misbehaves as it is told."""

import json
import re
import time
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from search.query import FACETS
from tests.helpers.running import free_port

PATIENT = 30.0  # seconds: longer than anybody waits


class SearchServer:
    """Holds documents in memory. Manners: "answers", "500", "slow", "hangs", "partial" (takes no document: 429)."""

    def __init__(self) -> None:
        self.manner = "answers"
        self.port = free_port()
        self.indices: dict[str, dict[str, dict]] = {}  # name → id → document with its version
        self.aliases: dict[str, set[str]] = {}
        self.refuses: set[str] = set()  # ids that it will never take: 400
        self._server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"holder": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def is_stopped(self) -> bool:
        return self._server is None

    def empty(self) -> None:
        self.indices.clear()
        self.aliases.clear()

    def ids(self) -> set[int]:
        """What is found: the ids in the index that is searched."""
        return {int(pk) for name, rows in self.indices.items() if "samlarande" in self.aliases[name] for pk in rows}

    # --- Its answers --------------------------------------------------------------------------------------------

    def named(self, pattern: str) -> list[str]:
        """The indices of these names or aliases, separated by commas."""
        wanted = pattern.split(",")
        return [
            name
            for name, aliases in self.aliases.items()
            if any(fnmatch(each, piece) for piece in wanted for each in (name, *aliases))
        ]

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        if path == "/_bulk":
            return 200, self._bulk([json.loads(line) for line in body.splitlines() if line])
        if path == "/_aliases":
            for action in json.loads(body)["actions"]:
                [(what, given)] = action.items()
                for name in self.named(given["index"]):
                    (self.aliases[name].add if what == "add" else self.aliases[name].discard)(given["alias"])
            return 200, {"acknowledged": True}
        if path.startswith("/_alias/"):
            found = self.named(path.removeprefix("/_alias/"))
            aliases = {name: {"aliases": {alias: {} for alias in self.aliases[name]}} for name in found}
            return (200 if found else 404), aliases
        if path.startswith("/_search/scroll"):
            return 200, {"_scroll_id": "x", "_shards": _SHARDS, "hits": {"hits": []}, "succeeded": True}
        name, _slash, rest = path[1:].partition("/")
        if rest == "_refresh":
            return 200, {"_shards": _SHARDS}
        if rest == "_search":
            rows = {pk: row for index in self.named(name) for pk, row in self.indices[index].items()}
            return 200, _found(rows)
        if method == "PUT":
            if name in self.indices:
                return 400, {"error": {"type": "resource_already_exists_exception"}, "status": 400}
            self.indices[name] = {}
            self.aliases[name] = set(json.loads(body)["aliases"])
            return 200, {"acknowledged": True}
        if method == "DELETE":
            self.indices.pop(name, None)
            self.aliases.pop(name, None)
            return 200, {"acknowledged": True}
        raise NotImplementedError(f"{method} {path}")

    def _bulk(self, lines: list[dict]) -> dict:
        items, rest = [], iter(lines)
        for action in rest:
            [(what, given)] = action.items()
            document = next(rest) if what == "index" else None
            rows, pk = self.indices[given["_index"]], given["_id"]
            result = {"_id": pk, "_index": given["_index"], "status": 200}
            if self.manner == "partial":
                result |= {"status": 429, "error": {"type": "es_rejected_execution_exception"}}
            elif pk in self.refuses:
                result |= {"status": 400, "error": {"type": "document_parsing_exception"}}
            elif document is None:
                result["status"] = 200 if rows.pop(pk, None) else 404
            elif pk in rows and rows[pk]["version"] > given["version"]:
                result |= {"status": 409, "error": {"type": "version_conflict_engine_exception"}}
            else:
                rows[pk] = {"version": given["version"]}
            items.append({what: result})
        return {"errors": any(item[next(iter(item))]["status"] >= 400 for item in items), "items": items}


_SHARDS = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}


def _found(rows: dict[str, dict]) -> dict:
    counts: dict[str, dict] = {name: {"doc_count": 0, "values": {"buckets": []}} for name in FACETS}
    return {
        "took": 1,
        "_scroll_id": "x",
        "_shards": _SHARDS,
        "hits": {
            "total": {"value": len(rows), "relation": "eq"},
            "hits": [{"_id": pk, "_version": row["version"], "_score": 1.0} for pk, row in rows.items()],
        },
        "aggregations": counts | {"joinable": {"doc_count": 0, "number": {"doc_count": 0}}},
    }


class _Handler(BaseHTTPRequestHandler):
    holder: SearchServer
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.holder.is_stopped:  # connections from before must end too
            self.close_connection = True
            return
        if self.holder.manner == "hangs":
            time.sleep(PATIENT)
        if self.holder.manner == "slow":
            time.sleep(5)
        path = re.sub("%2C", ",", urlsplit(self.path).path)
        status, answer = (
            (500, {"error": {"type": "internal"}, "status": 500})
            if self.holder.manner == "500"
            else self.holder.answer(self.command, path, body)
        )
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

    def log_message(self, *args) -> None:
        pass
