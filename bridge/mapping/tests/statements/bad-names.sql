-- names: name, ids[], text, p{}, sort = a | b
SELECT id FROM t
WHERE name = :nmae AND id IN :ids AND id = :ids AND name LIKE '%:text%' AND n = ':name'
  AND p = :p AND x = :wrong(name) AND id IN (:ids, 3)
ORDER BY :sort DESC
