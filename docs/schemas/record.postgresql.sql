-- altdetails record, version 2: tables for postgresql

CREATE TABLE "records" (
    "record_key" text NOT NULL,
    "output_key" text NOT NULL,
    "schema_version" bigint NOT NULL,
    "altmetric_id" bigint,
    "url" text,
    "output_type" text,
    "title" text,
    "publisher_url" text,
    "source" text,
    "published_text" text,
    "published_year" bigint,
    "published_month" bigint,
    "published_day" bigint,
    "doi" text,
    "pmid" text,
    "authors" jsonb,
    "authors_text" text,
    "editors" jsonb,
    "abstract" text,
    "score" bigint,
    "score_exact" double precision,
    "highlights_shown" boolean NOT NULL,
    "mentions_shown" boolean NOT NULL,
    "citations_shown" boolean NOT NULL,
    "readers_shown" boolean NOT NULL,
    "demographics_shown" boolean NOT NULL,
    "demographics_twitter_shown" boolean NOT NULL,
    "demographics_twitter_total" bigint,
    "demographics_twitter_countries_shown" boolean NOT NULL,
    "demographics_twitter_types_shown" boolean NOT NULL,
    "demographics_mendeley_shown" boolean NOT NULL,
    "demographics_mendeley_total" bigint,
    "demographics_mendeley_countries_shown" boolean NOT NULL,
    "demographics_mendeley_statuses_shown" boolean NOT NULL,
    "demographics_mendeley_disciplines_shown" boolean NOT NULL,
    "last_mentioned" date,
    "rankings_shown" boolean NOT NULL,
    "limited_access" boolean,
    "notices" jsonb NOT NULL,
    "sections" jsonb NOT NULL,
    "provenance_input" text,
    "provenance_requested" text,
    "provenance_final_url" text,
    "provenance_http_status" bigint,
    "provenance_captured_at" timestamp with time zone,
    "provenance_fetched_at" timestamp with time zone,
    "provenance_format" text NOT NULL,
    "provenance_sha256" text NOT NULL,
    "provenance_bytes" bigint NOT NULL,
    "provenance_altdetails" text NOT NULL,
    "provenance_lxml" text,
    "provenance_libxml2" text,
    "provenance_attribution" text NOT NULL,
    PRIMARY KEY ("record_key")
);

CREATE TABLE "identifiers" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "scheme" text NOT NULL,
    "value" text NOT NULL,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "highlights" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "scope" text NOT NULL,
    "kind" text NOT NULL,
    "level" text,
    "top_percent" bigint,
    "rank" bigint,
    "total" bigint,
    "percentile" bigint,
    "text" text NOT NULL,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "mentions" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "source" text NOT NULL,
    "count" bigint NOT NULL,
    "unit" text,
    "url" text,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "citations" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "source" text NOT NULL,
    "count" bigint NOT NULL,
    "unit" text,
    "url" text,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "readers" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "source" text NOT NULL,
    "count" bigint NOT NULL,
    "unit" text,
    "url" text,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "demographics" (
    "record_key" text NOT NULL,
    "source" text NOT NULL,
    "breakdown" text NOT NULL,
    "position" bigint NOT NULL,
    "name" text NOT NULL,
    "count" bigint NOT NULL,
    "percent" bigint,
    PRIMARY KEY ("record_key", "source", "breakdown", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "rankings" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "scope" text NOT NULL,
    "source" text,
    "rank" bigint,
    "total" bigint,
    "mean_score" double precision,
    "percentile" bigint,
    "top_percent" bigint,
    "higher_than_percent" bigint,
    "higher_than_count" bigint,
    "text" text,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "inconsistencies" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "code" text NOT NULL,
    "where" text,
    "values" jsonb NOT NULL,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
);

CREATE TABLE "unread" (
    "record_key" text NOT NULL,
    "position" bigint NOT NULL,
    "part" text NOT NULL,
    "text" text NOT NULL,
    PRIMARY KEY ("record_key", "position"),
    FOREIGN KEY (record_key) REFERENCES "records" ON DELETE CASCADE
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
