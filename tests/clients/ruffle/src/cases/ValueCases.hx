package cases;

import flash.xml.XML;

/** Values there and back through `echo`, as AMF0 carries them. **/
class ValueCases {
	static inline final ECHO = "samples.EchoService.echo";

	public static function add(suite:Suite):Void {
		comesBack(suite, "a whole number", 42);
		comesBack(suite, "a negative number", -1);
		comesBack(suite, "a fraction", 2.5);
		comesBack(suite, "a number beyond 2^53", 1.0e300);
		comesBack(suite, "true", true);
		comesBack(suite, "false", false);
		comesBack(suite, "a text", "Grüße, 日本 🚀");
		comesBack(suite, "the empty text", "");
		comesBack(suite, "null", null);
		comesBack(suite, "a text longer than 65535 bytes", StringTools.lpad("", "long ", 70000));
		comesBack(suite, "a list", [1, 2, 3]);
		comesBack(suite, "a list of a list, a text and null", ([[1.5], "two", null] : Array<Dynamic>));
		comesBack(suite, "an object", {name: "Ball", sizes: [1, 2], owner: {name: "Ann"}, none: null});
		comesBack(suite, "a date", Date.fromTime(1795167000123.0));
		comesBack(suite, "a date before 1970", Date.fromTime(-86400000.0));
		comesBack(suite, "XML", new XML("<note><to>Ann</to></note>"));

		suite.add("echo: NaN comes back as NaN", test -> test.call(ECHO, [Math.NaN], got ->
			test.holds('expected NaN, got ${Show.value(got)}', Std.isOfType(got, Float) && Math.isNaN(got))));

		suite.add("echo: the same object twice in one list comes back twice", test -> {
			final one = {name: "Ball"};
			test.call(ECHO, [[one, one]], got -> test.same("the list", [one, one], got));
		});
	}

	static function comesBack(suite:Suite, name:String, value:Dynamic):Void {
		suite.add('echo: $name comes back', test -> test.call(ECHO, [value], got -> test.same("the answer", value, got)));
	}
}
