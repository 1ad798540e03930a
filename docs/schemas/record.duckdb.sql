-- altdetails record, version 2: tables for duckdb

CREATE TABLE "records" (
    "record_key" VARCHAR NOT NULL,
    "output_key" VARCHAR NOT NULL,
    "schema_version" BIGINT NOT NULL,
    "altmetric_id" BIGINT,
    "url" VARCHAR,
    "output_type" VARCHAR,
    "title" VARCHAR,
    "publisher_url" VARCHAR,
    "source" VARCHAR,
    "published_text" VARCHAR,
    "published_year" BIGINT,
    "published_month" BIGINT,
    "published_day" BIGINT,
    "doi" VARCHAR,
    "pmid" VARCHAR,
    "authors" VARCHAR[],
    "authors_text" VARCHAR,
    "editors" VARCHAR[],
    "abstract" VARCHAR,
    "score" BIGINT,
    "score_exact" DOUBLE,
    "highlights_shown" BOOLEAN NOT NULL,
    "mentions_shown" BOOLEAN NOT NULL,
    "citations_shown" BOOLEAN NOT NULL,
    "readers_shown" BOOLEAN NOT NULL,
    "demographics_shown" BOOLEAN NOT NULL,
    "demographics_twitter_shown" BOOLEAN NOT NULL,
    "demographics_twitter_total" BIGINT,
    "demographics_twitter_countries_shown" BOOLEAN NOT NULL,
    "demographics_twitter_types_shown" BOOLEAN NOT NULL,
    "demographics_mendeley_shown" BOOLEAN NOT NULL,
    "demographics_mendeley_total" BIGINT,
    "demographics_mendeley_countries_shown" BOOLEAN NOT NULL,
    "demographics_mendeley_statuses_shown" BOOLEAN NOT NULL,
    "demographics_mendeley_disciplines_shown" BOOLEAN NOT NULL,
    "last_mentioned" DATE,
    "rankings_shown" BOOLEAN NOT NULL,
    "limited_access" BOOLEAN,
    "notices" VARCHAR[] NOT NULL,
    "sections" VARCHAR[] NOT NULL,
    "provenance_input" VARCHAR,
    "provenance_requested" VARCHAR,
    "provenance_final_url" VARCHAR,
    "provenance_http_status" BIGINT,
    "provenance_captured_at" TIMESTAMP WITH TIME ZONE,
    "provenance_fetched_at" TIMESTAMP WITH TIME ZONE,
    "provenance_format" VARCHAR NOT NULL,
    "provenance_sha256" VARCHAR NOT NULL,
    "provenance_bytes" BIGINT NOT NULL,
    "provenance_altdetails" VARCHAR NOT NULL,
    "provenance_lxml" VARCHAR,
    "provenance_libxml2" VARCHAR,
    "provenance_attribution" VARCHAR NOT NULL
);

CREATE TABLE "identifiers" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "scheme" VARCHAR NOT NULL,
    "value" VARCHAR NOT NULL
);

CREATE TABLE "highlights" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "scope" VARCHAR NOT NULL,
    "kind" VARCHAR NOT NULL,
    "level" VARCHAR,
    "top_percent" BIGINT,
    "rank" BIGINT,
    "total" BIGINT,
    "percentile" BIGINT,
    "text" VARCHAR NOT NULL
);

CREATE TABLE "mentions" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "source" VARCHAR NOT NULL,
    "count" BIGINT NOT NULL,
    "unit" VARCHAR,
    "url" VARCHAR
);

CREATE TABLE "citations" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "source" VARCHAR NOT NULL,
    "count" BIGINT NOT NULL,
    "unit" VARCHAR,
    "url" VARCHAR
);

CREATE TABLE "readers" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "source" VARCHAR NOT NULL,
    "count" BIGINT NOT NULL,
    "unit" VARCHAR,
    "url" VARCHAR
);

CREATE TABLE "demographics" (
    "record_key" VARCHAR NOT NULL,
    "source" VARCHAR NOT NULL,
    "breakdown" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "name" VARCHAR NOT NULL,
    "count" BIGINT NOT NULL,
    "percent" BIGINT
);

CREATE TABLE "rankings" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "scope" VARCHAR NOT NULL,
    "source" VARCHAR,
    "rank" BIGINT,
    "total" BIGINT,
    "mean_score" DOUBLE,
    "percentile" BIGINT,
    "top_percent" BIGINT,
    "higher_than_percent" BIGINT,
    "higher_than_count" BIGINT,
    "text" VARCHAR
);

CREATE TABLE "inconsistencies" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "code" VARCHAR NOT NULL,
    "where" VARCHAR,
    "values" VARCHAR[] NOT NULL
);

CREATE TABLE "unread" (
    "record_key" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "part" VARCHAR NOT NULL,
    "text" VARCHAR NOT NULL
);

CREATE VIEW current_records AS
SELECT r.*
FROM records AS r
JOIN (
    SELECT record_key, row_number() OVER (
        PARTITION BY output_key
        ORDER BY CASE WHEN coalesce(provenance_captured_at, provenance_fetched_at) IS NULL THEN 1 ELSE 0 END,
            coalesce(provenance_captured_at, provenance_fetched_at) DESC, record_key
    ) AS age FROM records
) AS snapshots ON snapshots.record_key = r.record_key
WHERE snapshots.age = 1;

CREATE VIEW current_counts AS
SELECT r.output_key, r.doi, r.altmetric_id, r.title, c.*
FROM current_records AS r
JOIN (
    SELECT 'mentions' AS block, * FROM mentions
    UNION ALL SELECT 'citations' AS block, * FROM citations
    UNION ALL SELECT 'readers' AS block, * FROM readers
) AS c ON c.record_key = r.record_key;

CREATE VIEW current_rankings AS
SELECT r.output_key, r.doi, r.altmetric_id, r.title, r.score, k.*
FROM current_records AS r JOIN rankings AS k ON k.record_key = r.record_key;

CREATE VIEW current_demographics AS
SELECT r.output_key, r.doi, r.altmetric_id, r.title, d.*
FROM current_records AS r JOIN demographics AS d ON d.record_key = r.record_key;

CREATE VIEW history AS
SELECT
    output_key, doi, altmetric_id, title, provenance_captured_at, provenance_fetched_at, score, record_key
FROM records ORDER BY output_key, coalesce(provenance_captured_at, provenance_fetched_at);
