-- names: a
-- for: postgres
WITH gone AS (DELETE FROM t WHERE id = :a RETURNING *)
INSERT INTO archive SELECT * FROM gone RETURNING id, archive.*, replace(name, 'a', 'b')
