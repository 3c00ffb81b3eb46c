-- names: order, keep[], also[]
DELETE FROM order_line WHERE order_id = :order AND id NOT IN (:keep) AND NOT x IN ( :also ) OR y IN (:keep)
