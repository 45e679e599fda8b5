import json
import os
import time
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from portal.municipalities.permissions import PUBLIC_TOKEN
from search.engines.base import SearchEngine
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.entries.base import EntryContent
from search.models import SearchEntry
from search.query import SearchQuery
from search.services import indexing, searching

BEST = 100
BATCH = 500


class Command(BaseCommand):
    help = (
        "Put documents in a scratch index, answer questions through the code that serves the search page, and write "
        "the 100 best of each. The portal's own entries are out of the way meanwhile, and there again afterwards."
    )

    def add_arguments(self, parser):
        parser.add_argument("documents", type=Path, help='JSON lines {"id", "title", "text"}')
        parser.add_argument("queries", type=Path, help='JSON lines {"id", "text"}')
        parser.add_argument("run", type=Path, help="written: query, document, rank, score, milliseconds, with tabs")
        parser.add_argument("--engine", choices=["database", "elasticsearch"], default="database")
        parser.add_argument("--language", choices=["sv", "en"], default="sv", help="of the documents")

    def handle(self, *args, **options):
        documents = list(_rows(options["documents"], "id", "text"))
        queries = list(_rows(options["queries"], "id", "text"))
        if "search_searchterm" not in connection.introspection.table_names():
            call_command("migrate", verbosity=0)
        engine: SearchEngine = DatabaseEngine()
        server = None
        if options["engine"] == "elasticsearch":
            url = settings.SEARCH_URL or os.environ.get("ELASTICSEARCH_URL", "")
            if not url:
                raise CommandError("SEARCH_URL names no Elasticsearch server.")
            engine = server = ElasticsearchEngine(url, name=f"samlarande-evaluation-{uuid4().hex[:8]}")
        try:
            with transaction.atomic():
                self._evaluate(documents, queries, engine, options)
                transaction.set_rollback(True)
        finally:
            searching.forget_vocabulary()
            if server is not None:
                server.drop_all()

    def _evaluate(self, documents: list[dict], queries: list[dict], engine: SearchEngine, options: dict) -> None:
        indexing.delete(SearchEntry.objects.all())
        began = time.perf_counter()
        names = {}
        for start in range(0, len(documents), BATCH):
            contents = []
            for number, row in enumerate(documents[start : start + BATCH], start):
                names[number] = row["id"]
                contents.append(_content(number, row, options["language"]))
            indexing.write(contents)
            if isinstance(engine, ElasticsearchEngine):
                numbers = [content.object_id for content in contents]
                engine.write(list(SearchEntry.objects.filter(object_id__in=numbers).prefetch_related("audience")))
        if isinstance(engine, ElasticsearchEngine):
            engine.refresh()
        spent = time.perf_counter() - began
        self.stdout.write(
            f"{len(documents)} documents in {spent:.1f} s, {len(documents) / max(spent, 1e-9):.0f} a second"
        )
        searching.forget_vocabulary()
        times = []
        with options["run"].open("w", encoding="utf-8") as out:
            for row in queries:
                began = time.perf_counter()
                query = SearchQuery(text=row["text"], tokens=None, per_page=BEST, has_passages=False)
                results = searching.search(query, engine=engine)
                times.append(1000 * (time.perf_counter() - began))
                for rank, hit in enumerate(results.hits, 1):
                    name = names[hit.object_id]
                    out.write(f"{row['id']}\t{name}\t{rank}\t{hit.score:.4f}\t{times[-1]:.1f}\n")
        if times:
            times.sort()
            middle, late = times[len(times) // 2], times[int(0.95 * (len(times) - 1))]
            self.stdout.write(f"{len(times)} questions: p50 {middle:.1f} ms, p95 {late:.1f} ms")


def _content(number: int, row: dict, language: str) -> EntryContent:
    return EntryContent(
        kind="page",
        object_id=number,
        title=str(row.get("title") or ""),
        url="",
        body=str(row["text"]),
        audience={PUBLIC_TOKEN},
        language=language,
    )


def _rows(path: Path, *names: str):
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CommandError(f"{path}, line {number}: no JSON ({error})") from error
        if not isinstance(row, dict) or any(name not in row for name in names):
            raise CommandError(f"{path}, line {number}: an object with {', '.join(names)} is needed")
        yield row
