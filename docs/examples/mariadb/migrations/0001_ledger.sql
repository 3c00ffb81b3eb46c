CREATE TABLE article (
  id INTEGER AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(80) NOT NULL UNIQUE,
  price DECIMAL(10,2) NOT NULL,
  details JSON NOT NULL,
  added_at DATETIME NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE posting (
  id INTEGER AUTO_INCREMENT PRIMARY KEY,
  account VARCHAR(20) NOT NULL,
  amount DECIMAL(12,2) NOT NULL,
  booked_on DATE NOT NULL,
  batch INTEGER
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

INSERT INTO article (name, price, details, added_at) VALUES
  ('Kite', 14.99, '{"weight": 0.4, "colours": ["red", "blue"]}', '2026-02-01 11:21:00'),
  ('Rope', 4.55, '{"length": 30}', '2026-02-18 08:00:00');

INSERT INTO posting (account, amount, booked_on, batch) VALUES
  ('4000', 120.55, '2026-02-03', NULL), ('4000', 79.45, '2026-02-17', NULL), ('6300', -45.25, '2026-02-20', NULL),
  ('4000', 10.05, '2026-01-09', 1);

CREATE PROCEDURE close_month(IN p_year INT, IN p_month INT, OUT p_batch INT, OUT p_total DECIMAL(12,2))
BEGIN
  DECLARE first_day DATE DEFAULT STR_TO_DATE(CONCAT(p_year, '-', p_month, '-01'), '%Y-%c-%d');
  DECLARE open_postings INT;
  SELECT count(*) INTO open_postings FROM posting
    WHERE batch IS NULL AND booked_on >= first_day AND booked_on < first_day + INTERVAL 1 MONTH;
  IF open_postings = 0 THEN
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'nothing is open in this month';
  END IF;
  SELECT COALESCE(max(batch), 0) + 1 INTO p_batch FROM posting;
  UPDATE posting SET batch = p_batch
    WHERE batch IS NULL AND booked_on >= first_day AND booked_on < first_day + INTERVAL 1 MONTH;
  SELECT sum(amount) INTO p_total FROM posting WHERE batch = p_batch;
  SELECT account, amount, booked_on FROM posting WHERE batch = p_batch ORDER BY booked_on;
  SELECT account, sum(amount) AS amount FROM posting WHERE batch = p_batch GROUP BY account ORDER BY account;
END;
