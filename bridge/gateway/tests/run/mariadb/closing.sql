CREATE TABLE posting (account varchar(20) NOT NULL, amount decimal(12,2) NOT NULL, booked_on date NOT NULL, note varchar(20));
INSERT INTO posting VALUES ('1000', 10.50, '2026-01-02', NULL), ('1001', 4.25, '2026-01-03', 'x'), ('1000', 1, '2026-02-01', NULL);
CREATE PROCEDURE close_month(IN p_year int, IN p_month int, OUT p_batch int, OUT p_total decimal(12,2))
BEGIN
  IF p_year < 2000 THEN SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'closed'; END IF;
  SELECT account, amount, booked_on, note FROM posting WHERE year(booked_on) = p_year AND month(booked_on) = p_month ORDER BY account;
  SELECT account, sum(amount) AS amount FROM posting GROUP BY account ORDER BY account;
  SET p_batch = p_year * 100 + p_month;
  SELECT sum(amount) INTO p_total FROM posting WHERE year(booked_on) = p_year AND month(booked_on) = p_month;
END;
CREATE PROCEDURE by_account()
  SELECT p.account, p.account AS `owner.name`, p.amount AS `lines.amount`, p.booked_on AS `lines.booked_on` FROM posting p ORDER BY p.account, p.amount;
CREATE PROCEDURE add_posting(IN p_account varchar(20))
  INSERT INTO posting VALUES (p_account, 1, '2026-03-01', NULL);
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2;
CREATE PROCEDURE pair(OUT p_one int, OUT p_two int) BEGIN SET p_one = 1; SET p_two = 2; END;
CREATE PROCEDURE same_names() SELECT p.account, q.account FROM posting p JOIN posting q USING (account);
