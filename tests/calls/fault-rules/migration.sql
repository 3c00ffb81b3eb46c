CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE, balance INTEGER NOT NULL CHECK (balance >= 0), branch INTEGER REFERENCES branch (id));
CREATE TABLE branch (id INTEGER PRIMARY KEY, town TEXT NOT NULL);
INSERT INTO branch VALUES (1, 'Kiel');
INSERT INTO account VALUES (1, 'Ann', 100, 1), (2, 'Bob', 0, 1), (3, 'Bob junior', 0, NULL);
