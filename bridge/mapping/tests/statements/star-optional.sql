-- names: all: bool
-- for: sqlite
SELECT id,
  * -- when: all
  name -- when: not all
FROM t
