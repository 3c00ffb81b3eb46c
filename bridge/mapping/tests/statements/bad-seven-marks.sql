-- names: a?, b?, c?, d?, e?, f?, g?
-- for: sqlite
SELECT id FROM t WHERE true
  AND a = :a -- when: a is given
  AND b = :b -- when: b is given
  AND c = :c -- when: c is given
  AND d = :d -- when: d is given
  AND e = :e -- when: e is given
  AND f = :f -- when: f is given
  AND g = :g -- when: g is given
