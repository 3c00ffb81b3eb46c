CREATE TABLE tag (name VARCHAR(40) PRIMARY KEY, uses INTEGER NOT NULL);
INSERT INTO tag (name, uses) VALUES ('red', 1), ('green', 1);
