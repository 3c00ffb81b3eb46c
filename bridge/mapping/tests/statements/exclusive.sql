-- names: since?, until?
-- for: sqlite
SELECT id FROM event WHERE true
  AND at >= :since         -- when: since is given
  AND at >= '2000-01-01'   -- when: since is not given
  AND at < :until          -- when: since is given and until is given
