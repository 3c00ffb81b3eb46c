CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, state VARCHAR(20));
INSERT INTO account VALUES (1, 100, 'open'), (2, 0, 'odd'), (3, 0, NULL);
