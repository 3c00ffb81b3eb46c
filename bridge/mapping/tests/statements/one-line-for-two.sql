-- names: a?, b?
-- for: postgres
SELECT id FROM t WHERE true
  AND a = :a AND b = :b -- when: a is given and b is given
