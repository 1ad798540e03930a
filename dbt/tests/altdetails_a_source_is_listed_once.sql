select record_key, block, source, count(*) as times
from {{ ref('stg_altdetails__counts') }}
group by record_key, block, source
having count(*) > 1
