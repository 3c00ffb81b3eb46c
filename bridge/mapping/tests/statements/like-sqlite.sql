-- names: a
SELECT id FROM t WHERE n LIKE :contains(a) OR n LIKE :starts(a) ESCAPE '!' OR n LIKE :a
