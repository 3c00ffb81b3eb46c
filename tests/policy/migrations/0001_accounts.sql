CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER,
  label VARCHAR(40) NOT NULL,
  amount INTEGER NOT NULL
);

INSERT INTO account (id, owner_id, label, amount) VALUES
  (1, 7, 'rent', 50),
  (2, 8, 'rent', 70),
  (3, 7, 'a''b', 50),
  (4, 7, 'savings', 90),
  (5, 9, 'savings', 90),
  (6, NULL, 'lost', 80),
  (7, 7, 'rent', 20),
  (8, 8, '8', 75),
  (9, 7, 'savings', 90);
