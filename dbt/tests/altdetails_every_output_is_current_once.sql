select output_key
from {{ ref('stg_altdetails__records') }}
group by output_key
having output_key not in (select output_key from {{ ref('altdetails_current') }})
