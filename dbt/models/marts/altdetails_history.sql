-- Each snapshot next to the one before it. A snapshot without a date has no place in the order, so it is left out.
with ordered as (
    select
        *,
        lag(record_key) over (partition by output_key order by seen_at, record_key) as previous_record_key,
        lag(seen_at) over (partition by output_key order by seen_at, record_key) as previous_seen_at,
        lag(score) over (partition by output_key order by seen_at, record_key) as previous_score
    from {{ ref('stg_altdetails__records') }}
    where seen_at is not null
)

select
    output_key,
    record_key,
    doi,
    title,
    seen_at,
    score,
    previous_record_key,
    previous_seen_at,
    previous_score,
    score - previous_score as score_change
from ordered
