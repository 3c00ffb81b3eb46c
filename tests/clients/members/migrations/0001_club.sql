CREATE TABLE member (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pin TEXT NOT NULL
);
INSERT INTO member (name, pin) VALUES ('dora', '1234'), ('emil', '4321');

CREATE TABLE visit (
  number INTEGER PRIMARY KEY,
  member TEXT NOT NULL,
  place TEXT NOT NULL
);
