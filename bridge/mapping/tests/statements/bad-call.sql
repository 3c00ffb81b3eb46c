-- names: a
-- for: mysql
CALL p(:a, ?)
