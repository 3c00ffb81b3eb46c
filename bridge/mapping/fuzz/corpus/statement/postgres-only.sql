-- names: aa, ids[], n
-- for: postgres
SELECT $x$ :a $x$, E'\' :a', :aa::int, b[1:2], data -> 'x' ? 'y', c[:n], f(x => :aa), ARRAY[[1,2],[3,4]]
FROM unnest(:ids) WITH ORDINALITY q(id, n) /* one /* in :a */ another */
WHERE id = ANY(:ids) AND k = ANY (:ids::int[]) AND data ?| array['a']
