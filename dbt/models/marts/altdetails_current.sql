-- The newest snapshot of each output, chosen as the view current_records of `altdetails load` chooses it.
with aged as (
    select
        *,
        row_number() over (
            partition by output_key
            order by case when seen_at is null then 1 else 0 end, seen_at desc, record_key
        ) as age
    from {{ ref('stg_altdetails__records') }}
)

select
    output_key,
    record_key,
    doi,
    altmetric_id,
    title,
    journal,
    output_type,
    published_year,
    score,
    mentions_shown,
    citations_shown,
    readers_shown,
    last_mentioned,
    seen_at
from aged
where age = 1
