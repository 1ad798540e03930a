select
    h.output_key,
    h.record_key,
    h.seen_at,
    c.block,
    c.source,
    c.count,
    h.previous_seen_at,
    p.count as previous_count,
    c.count - p.count as count_change
from {{ ref('altdetails_history') }} as h
inner join {{ ref('stg_altdetails__counts') }} as c on c.record_key = h.record_key
left join {{ ref('stg_altdetails__counts') }} as p
    on p.record_key = h.previous_record_key and p.block = c.block and p.source = c.source
