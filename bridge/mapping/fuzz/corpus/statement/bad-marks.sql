-- names: category?, name?, flag: bool, n?
SELECT id FROM t WHERE true
  AND category = :category  -- when: category
  AND n = 1                 -- when: n > 3
  AND a = 1                 -- when: nmae is given
-- when: flag
-- when: name is given
-- end
-- end
ORDER BY id                 -- when: flag
AND b = 2 -- when: flag &&
-- when: flag
