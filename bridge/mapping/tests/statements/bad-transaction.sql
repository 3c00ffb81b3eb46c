-- names: a
-- for: postgres
begin
