-- Rows whose number a planner guesses wrong: it knows nothing of remainders.
CREATE TABLE guess (
  id INTEGER PRIMARY KEY,
  name VARCHAR(40) NOT NULL
);

INSERT INTO guess (id, name)
WITH RECURSIVE upto (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM upto WHERE n < 400)
SELECT n, 'one of them' FROM upto;
