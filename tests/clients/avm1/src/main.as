// Runs the cases that the page asks for against the gateway whose address it gives, and reports each to the page.
// (A package must not be called as a parameter of the page is: both are looked up by the same name here.)
var suite = new Suite(_root.gateway + "/gateway");
if (_root.cases == "samples") {
	calls.EchoCases.add(suite);
	calls.InventoryCases.add(suite);
} else if (_root.cases == "members") {
	calls.MemberCases.add(suite);
	calls.PageCases.add(suite, _root.gateway + "/gateway");
}
suite.run();
