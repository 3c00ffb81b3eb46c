-- names: a
SELECT ?, $1, @a, ?1
