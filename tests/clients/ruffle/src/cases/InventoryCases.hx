package cases;

/** Rows and typed objects of the sample inventory. **/
class InventoryCases {
	static inline final SERVICE = "samples.inventory.ProductService";

	public static function add(suite:Suite):Void {
		Alias.register(Product.ALIAS, Product);

		suite.add("rows arrive as a record set", test -> test.call('$SERVICE.getProducts', [], answer -> {
			final info:Dynamic = answer.serverInfo;
			final rows:Array<Array<Dynamic>> = info.initialData;
			test.same("columnNames", ["id", "name", "price", "category", "addedAt", "version"], info.columnNames);
			test.same("version", 1, info.version);
			test.same("cursor", 1, info.cursor);
			test.same("totalCount", rows.length, info.totalCount);
			test.holds('at least 2 rows, got ${rows.length}', rows.length >= 2);
			for (row in rows) {
				test.same("cells of a row", 6, row.length);
				test.holds('id is a number, got ${Show.value(row[0])}', Std.isOfType(row[0], Float));
				test.holds('name is a text, got ${Show.value(row[1])}', Std.isOfType(row[1], String));
				test.holds('addedAt is a date, got ${Show.value(row[4])}', Std.isOfType(row[4], Date));
			}
		}));

		suite.add("a filter leaves only the rows that fit", test -> test.call('$SERVICE.getProducts', [], all -> {
			final row = (all.serverInfo.initialData : Array<Array<Dynamic>>)[0];
			test.call('$SERVICE.getProducts', [row[3]], some -> {
				final rows:Array<Array<Dynamic>> = some.serverInfo.initialData;
				test.holds("at least one row", rows.length > 0);
				for (each in rows) {
					test.same("category", row[3], each[3]);
				}
			});
		}));

		suite.add("one row arrives as an instance of the registered class", test ->
			test.call('$SERVICE.getProduct', [1], product -> {
				test.holds('a Product, got ${Show.value(product)}', Std.isOfType(product, Product));
				test.same("id", 1, product.id);
				test.holds('addedAt is a date, got ${Show.value(product.addedAt)}', Std.isOfType(product.addedAt, Date));
			}));

		suite.add("no row arrives as null", test ->
			test.call('$SERVICE.getProduct', [-5], product -> test.same("the answer", null, product)));

		suite.add("a list argument, which Ruffle sends as an ECMA array, finds its rows", test ->
			test.call('$SERVICE.findProducts', [[1, 2]], answer -> {
				final rows:Array<Array<Dynamic>> = answer.serverInfo.initialData;
				final ids = [for (row in rows) (row[0] : Int)];
				ids.sort(Reflect.compare);
				test.same("ids", [1, 2], ids);
			}));

		suite.add("an empty list finds no rows", test ->
			test.call('$SERVICE.findProducts', [[]], answer -> test.same("totalCount", 0, answer.serverInfo.totalCount)));

		suite.add("a product with the Int id 0 is added, changed, guarded by its version, and removed", test -> {
			final product = new Product();
			product.name = "Kite from Ruffle";
			product.price = "12.75";
			product.category = "toys";
			test.call('$SERVICE.saveProduct', [product], added -> {
				test.holds('a Product, got ${Show.value(added)}', Std.isOfType(added, Product));
				test.holds('an id of its own, got ${Show.value(added.id)}', (added.id : Int) > 0);
				test.same("version", 1, added.version);
				test.same("name", product.name, added.name);
				added.name = "Kite, repaired";
				test.call('$SERVICE.saveProduct', [added], changed -> {
					test.same("id", added.id, changed.id);
					test.same("name", "Kite, repaired", changed.name);
					test.same("version", 2, changed.version);
					// `added` still has version 1: somebody else's change came between.
					test.fails('$SERVICE.saveProduct', [added], status -> {
						test.same("code", "Client.Conflict", status.code);
						test.call('$SERVICE.removeProduct', [changed.id, changed.version], _ ->
							test.call('$SERVICE.getProduct', [changed.id], gone -> test.same("after removing", null, gone)));
					});
				});
			});
		});

		suite.add("orders arrive with their lines, a record set in each row", test -> {
			test.call("samples.orders.OrderService.getOrders", [], answer -> {
				final rows:Array<Array<Dynamic>> = answer.serverInfo.initialData;
				final at = (answer.serverInfo.columnNames : Array<String>).indexOf("lines");
				test.holds('a column `lines`, got ${Show.value(answer.serverInfo.columnNames)}', at >= 0);
				final lines:Array<Dynamic> = [for (row in rows) row[at].serverInfo];
				test.same("lines of each order", [1, 3, 3, 3, 1, 2, 3, 3, 1, 2, 1, 0], lines.map(each -> each.totalCount));
				test.same("columns of the lines", ["productId", "quantity", "price"], lines[0].columnNames);
				test.same("the first line", ([26, 1, "7.99"] : Array<Dynamic>), lines[0].initialData[0]);
			});
		});
	}
}
