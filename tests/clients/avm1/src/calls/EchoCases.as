/** Values there and back, faults, and calls of one frame. **/
class calls.EchoCases {
	static function add(suite:Suite):Void {
		suite.add("values come back as they went", function(test:Test):Void {
			var values = [
				"Ann é中", "", 42, -1, 1.5, 9007199254740994, true, false, null, new Date(2026, 10, 20, 9, 30),
				[1, "two", [3, null]], {name: "Ann", list: [1, 2], inner: {deep: true}}
			];
			for (var i = 0; i < values.length; i++) {
				calls.EchoCases.echoes(test, values[i]);
			}
		});

		suite.add("a text beyond 65535 bytes comes back", function(test:Test):Void {
			var text = "0123456789abcdef";
			while (text.length < 70000) {
				text += text;
			}
			calls.EchoCases.echoes(test, text);
		});

		suite.add("the same object twice in one list comes back twice", function(test:Test):Void {
			var one = {name: "one"};
			test.call("samples.EchoService.echo", [[one, one]], function(got):Void {
				test.same("the answer", [one, one], got);
			});
		});

		suite.add("three calls of one frame each get their own answer, one of them a fault", function(test:Test):Void {
			calls.EchoCases.echoes(test, "first");
			test.fails("samples.EchoService.fail", [], function(status):Void {
				test.same("code", "E-17", status.code);
				test.same("description", "back at noon", status.description);
				test.same("level", "error", status.level);
			});
			calls.EchoCases.echoes(test, "third");
		});

		suite.add("what no mapping names reaches onStatus", function(test:Test):Void {
			var targets = ["samples.EchoService.nothingOfThisName", "samples.NoSuchService.echo"];
			for (var i = 0; i < targets.length; i++) {
				test.fails(targets[i], [1], function(status):Void {
					test.same("code", "Server.ResourceNotFound", status.code);
				});
			}
		});
	}

	static function echoes(test:Test, value):Void {
		test.call("samples.EchoService.echo", [value], function(got):Void {
			test.same("the answer", value, got);
		});
	}
}
