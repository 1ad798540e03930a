{% for block in ['mentions', 'citations', 'readers'] %}
{% if not loop.first %}union all{% endif %}
select
    record_key,
    '{{ block }}' as block,
    source,
    count,
    unit
from {{ source('altdetails', block) }}
{% endfor %}
