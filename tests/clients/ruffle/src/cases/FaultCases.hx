package cases;

/** What does not work reaches onStatus as a status object with a code. **/
class FaultCases {
	public static function add(suite:Suite):Void {
		suite.add("a fault of the mapping reaches onStatus with its own code", test ->
			test.fails("samples.EchoService.fail", [], status -> {
				test.same("code", "E-17", status.code);
				test.same("description", "back at noon", status.description);
				test.same("level", "error", status.level);
			}));

		suite.add("an operation that no mapping has reaches onStatus", test ->
			test.fails("samples.EchoService.nothingOfThisName", [], status -> told(test, status)));

		suite.add("a service that no mapping has reaches onStatus", test ->
			test.fails("samples.NoSuchService.echo", [1], status -> told(test, status)));

		suite.add("an argument of the wrong type reaches onStatus", test ->
			test.fails("samples.inventory.ProductService.getProduct", [{not: "a number"}], status ->
				test.same("code", "Client.BadArguments", status.code)));
	}

	static function told(test:Test, status:Dynamic):Void {
		test.holds('a code, got ${Show.value(status)}', Std.isOfType(status.code, String) && status.code != "");
		test.holds('a description, got ${Show.value(status)}', Std.isOfType(status.description, String) && status.description != "");
	}
}
