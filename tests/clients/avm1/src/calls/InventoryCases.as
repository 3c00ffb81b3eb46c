/** Rows and typed objects of the sample inventory. **/
class calls.InventoryCases {
	static var SERVICE:String = "samples.inventory.ProductService";

	static function add(suite:Suite):Void {
		Object.registerClass(Product.ALIAS, Product);
		var service = SERVICE;

		suite.add("rows arrive as a record set", function(test:Test):Void {
			test.call(service + ".getProducts", [], function(answer):Void {
				var info = answer.serverInfo;
				test.same("columnNames", ["id", "name", "price", "category", "addedAt", "version"], info.columnNames);
				test.same("version and cursor", [1, 1], [info.version, info.cursor]);
				test.same("totalCount", info.initialData.length, info.totalCount);
				test.holds("at least 2 rows, got " + Show.value(info), info.initialData.length >= 2);
				test.holds("a date, got " + Show.value(info.initialData[0]), info.initialData[0][4] instanceof Date);
			});
		});

		suite.add("one row arrives as an object", function(test:Test):Void {
			test.call(service + ".getProduct", [1], function(product):Void {
				test.same("id", 1, product.id);
				test.holds("a name, got " + Show.value(product), typeof(product.name) == "string");
			});
		});

		suite.add("no row arrives as null", function(test:Test):Void {
			test.call(service + ".getProduct", [-5], function(product):Void {
				test.same("the answer", null, product);
			});
		});

		suite.add("a list argument finds its rows", function(test:Test):Void {
			test.call(service + ".findProducts", [[1, 2]], function(answer):Void {
				var rows = answer.serverInfo.initialData;
				test.same("ids", [1, 2], [rows[0][0], rows[1][0]]);
			});
		});

		suite.add("an object of a registered class is saved, guarded by its version, and removed", function(test:Test):Void {
			var product = new Product();
			product.id = 0;
			product.name = "AVM1 kite";
			product.price = "12.50";
			product.category = "toys";
			product.version = 0;
			test.call(service + ".saveProduct", [product], function(saved):Void {
				test.holds("an id, got " + Show.value(saved), saved.id > 0);
				saved.version += 7;
				test.fails(service + ".saveProduct", [saved], function(status):Void {
					test.same("code", "Client.Conflict", status.code);
					test.same("the row as it is now", saved.version - 7, status.extendedData.version);
					test.call(service + ".removeProduct", [saved.id, saved.version - 7], function(_):Void {});
				});
			});
		});

		suite.add("an argument of the wrong type reaches onStatus", function(test:Test):Void {
			test.fails(service + ".getProduct", [{no: "number"}], function(status):Void {
				test.same("code", "Client.BadArguments", status.code);
			});
		});
	}
}
