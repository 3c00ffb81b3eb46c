CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0));
CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, amount INTEGER NOT NULL, UNIQUE (account, amount));
INSERT INTO account VALUES (1, 'Ann', 100), (2, 'Bob', 0);
