-- names: text?, category?, ids[]?
SELECT p.id, p.name, p.price, p.category_id, p.added_at
FROM product p
WHERE NOT p.deleted
  AND p.name LIKE :contains(text)        -- when: text is given
  AND p.category_id = :category          -- when: category is given
  AND p.id IN (:ids)                     -- when: ids is given
