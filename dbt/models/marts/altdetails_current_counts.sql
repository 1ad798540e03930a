select
    r.output_key,
    r.doi,
    r.title,
    c.record_key,
    c.block,
    c.source,
    c.count,
    c.unit
from {{ ref('altdetails_current') }} as r
inner join {{ ref('stg_altdetails__counts') }} as c on c.record_key = r.record_key
