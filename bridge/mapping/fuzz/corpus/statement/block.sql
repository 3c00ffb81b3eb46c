-- names: minStock?, category?
SELECT count(*)
FROM product p
-- when: minStock is given
JOIN (SELECT product_id, sum(amount) AS amount FROM stock GROUP BY product_id) s
  ON s.product_id = p.id AND s.amount >= :minStock
  AND s.kind = :category                 -- when: category is given
-- end
WHERE NOT p.deleted
