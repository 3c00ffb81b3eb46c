import cases.BatchCases;
import cases.FaultCases;
import cases.FlexCases;
import cases.InventoryCases;
import cases.MemberCases;
import cases.ValueCases;
import flash.Lib;

/** Runs the cases that the page asks for against the gateway whose address it gives, and reports each to the page. **/
class Main {
	static function main() {
		final parameters:Dynamic = Lib.current.loaderInfo.parameters;
		final suite = new Suite('${parameters.gateway}/gateway');
		switch (parameters.cases) {
			case "samples":
				ValueCases.add(suite);
				FaultCases.add(suite);
				InventoryCases.add(suite);
				BatchCases.add(suite);
				FlexCases.add(suite);
			case "members":
				MemberCases.add(suite, isOfThisOrigin(parameters.gateway));
			case other:
				throw 'there are no cases $other';
		}
		suite.run();
	}

	/** Whether the browser sends its cookies to this address. **/
	static function isOfThisOrigin(address:String):Bool {
		final movie = Lib.current.loaderInfo.url;
		return StringTools.startsWith(address, movie.substr(0, movie.indexOf("/", "https://".length) + 1));
	}
}
