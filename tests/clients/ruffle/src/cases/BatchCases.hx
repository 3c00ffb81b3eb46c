package cases;

/** Several calls of one frame, and headers: run.mjs looks at the same packets from outside. **/
class BatchCases {
	public static function add(suite:Suite):Void {
		suite.add("three calls of one frame each get their own answer, one of them a fault", test -> {
			test.call("samples.EchoService.echo", ["batch one"], got -> test.same("first", "batch one", got));
			test.fails("samples.EchoService.fail", [], status -> test.same("second", "E-17", status.code));
			test.call("samples.EchoService.echo", ["batch three"], got -> test.same("third", "batch three", got));
		});

		suite.add("headers do not disturb a call", test -> {
			test.connection.addHeader("X-From-Ruffle", false, {reason: "test", list: [1, 2]});
			test.call("samples.EchoService.echo", ["with a header"], got -> test.same("the answer", "with a header", got));
		});
	}
}
