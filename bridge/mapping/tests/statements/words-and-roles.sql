-- names: kind = all | open | paid, archived?: bool
-- for: postgres
SELECT id, total
FROM orders
WHERE true
  AND state = 'open'       -- when: kind == 'open'
  AND state = 'paid'       -- when: kind == 'paid'
  AND NOT archived         -- when: not archived
  AND visible              -- when: 'clerk' in identity.roles
