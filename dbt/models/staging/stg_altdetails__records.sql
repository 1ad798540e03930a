select
    record_key,
    output_key,
    doi,
    altmetric_id,
    title,
    source as journal,
    output_type,
    published_year,
    score,
    mentions_shown,
    citations_shown,
    readers_shown,
    last_mentioned,
    coalesce(provenance_captured_at, provenance_fetched_at) as seen_at,
    provenance_altdetails as altdetails_version
from {{ source('altdetails', 'records') }}
