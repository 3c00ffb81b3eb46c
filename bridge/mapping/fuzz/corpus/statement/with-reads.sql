-- names: a
WITH x AS (SELECT *, replace(name, 'a', 'b') FROM t)
SELECT DISTINCT x.id, count(*) AS n, x.* , a * b, a IS NOT DISTINCT FROM b AS same
FROM x ORDER BY x.id DESC, "n", 3 FOR UPDATE
