-- names: category
SELECT id FROM t WHERE c = {category} AND d = {{ category }} [[AND e = :category]] AND f = '{category}'
