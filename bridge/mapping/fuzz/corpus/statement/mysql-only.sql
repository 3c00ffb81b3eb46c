-- names: aa, bb
-- for: mysql
SELECT 'it\'s :a', "x:b", `c:a`, @n := @n + :aa, 5--:bb # :aa
FROM t
