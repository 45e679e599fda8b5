"""The matching entries on PostgreSQL, found by the index. Left to itself, the planner takes reading all vectors, which lie
outside their rows, for cheap: a search of 50,000 entries took four times as long.

Texts and streams lie outside the rows, too, so that what is read of every match fits in few pages: that halved the rest.
Rows that are there already move when they are written next."""

from django.db import migrations

WEIGHTS = "{0.4, 0.4, 1.0, 1.0}"  # of D, C, B and A: lemmas and parts, words, title
CREATE = f"""
CREATE FUNCTION search_matches(asked tsquery, asker text[])
RETURNS TABLE (id bigint, facets text, joinable_until timestamptz, dated_at timestamptz, rank real)
LANGUAGE sql STABLE ROWS 1000 SET enable_seqscan TO off AS $$
    -- 1: a long text is worth less, by the logarithm of its length.
    SELECT entry.id, entry.facets, entry.joinable_until, entry.dated_at,
        ts_rank('{WEIGHTS}', entry.vector, asked, 1)
    FROM search_searchentry AS entry
    WHERE entry.vector @@ asked AND (asker IS NULL OR entry.id IN (
        SELECT audience.entry_id FROM search_searchaudience AS audience WHERE audience.token = ANY (asker)))
$$
"""

NARROW = """
ALTER TABLE search_searchentry ALTER COLUMN facets SET STORAGE PLAIN;
ALTER TABLE search_searchentry SET (toast_tuple_target = 256);
"""
WIDE = """
ALTER TABLE search_searchentry ALTER COLUMN facets SET STORAGE EXTENDED;
ALTER TABLE search_searchentry RESET (toast_tuple_target);
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)
        schema_editor.execute(NARROW)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION search_matches")
        schema_editor.execute(WIDE)


class Migration(migrations.Migration):
    dependencies = [("search", "0003_synonyms")]

    operations = [migrations.RunPython(create, drop)]
