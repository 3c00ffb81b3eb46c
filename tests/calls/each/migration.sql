CREATE TABLE product (sku TEXT NOT NULL, stock INTEGER NOT NULL, UNIQUE (sku, stock));
INSERT INTO product VALUES ('nut', 7), ('bolt', 3), ('twin', 1), ('twin', 2);
