-- names: product{}, product.id?, product.name, product.version?
UPDATE product SET name = :product.name, version = version + 1
WHERE id = :product.id AND version = :product.version AND :product.id > 0
