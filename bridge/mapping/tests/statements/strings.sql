-- names: a
SELECT '12:30:00', 'it''s :fine', "q:u", a -- :a stays here
, /* and :a here */ :a || ':b'
FROM t
