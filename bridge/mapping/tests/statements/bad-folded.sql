-- names: category?
-- for: postgres
SELECT id FROM t WHERE true AND category = :category -- when: category is given ORDER BY id
