CREATE TABLE payment (id INTEGER PRIMARY KEY, method VARCHAR(10) NOT NULL, holder VARCHAR(40), iban VARCHAR(40), amount NUMERIC(10, 2));
INSERT INTO payment (id, method, holder, iban, amount) VALUES
  (1, 'card', 'Ann Lee', NULL, 12.50),
  (2, 'sepa', 'Bruno Costa', 'DE02 1203 0000 0000 2020 51', 7.00),
  (3, 'cash', NULL, NULL, 1.00);
