import cases.BatchCases;
import cases.FaultCases;
import cases.FlexCases;
import cases.InventoryCases;
import cases.ValueCases;
import flash.Lib;

/** Runs all cases against the gateway whose address the page gives, and reports each to the page. **/
class Main {
	static function main() {
		final parameters:Dynamic = Lib.current.loaderInfo.parameters;
		final suite = new Suite(parameters.gateway);
		ValueCases.add(suite);
		FaultCases.add(suite);
		InventoryCases.add(suite);
		BatchCases.add(suite);
		FlexCases.add(suite);
		suite.run();
	}
}
