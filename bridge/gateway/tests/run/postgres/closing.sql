CREATE TABLE posting (account text NOT NULL, amount numeric(12,2) NOT NULL, booked_on date NOT NULL, note text);
INSERT INTO posting VALUES ('1000', 10.50, '2026-01-02', NULL), ('1001', 4.25, '2026-01-03', 'x'), ('1000', 1, '2026-02-01', NULL);
CREATE PROCEDURE close_month(p_year int, p_month int, OUT p_batch int, OUT p_total numeric)
LANGUAGE plpgsql AS $$ BEGIN
  IF p_year < 2000 THEN RAISE EXCEPTION 'closed' USING ERRCODE = '45001'; END IF;
  p_batch := p_year * 100 + p_month;
  SELECT sum(amount) INTO p_total FROM posting
  WHERE extract(year FROM booked_on) = p_year AND extract(month FROM booked_on) = p_month;
END $$;
CREATE FUNCTION postings(p_least numeric) RETURNS TABLE (account text, amount numeric, booked_on date)
LANGUAGE sql AS $$ SELECT account, amount, booked_on FROM posting WHERE amount >= p_least ORDER BY account, amount $$;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS $$ SELECT n * 2 $$;
