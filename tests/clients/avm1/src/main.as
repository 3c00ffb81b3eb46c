// Runs the cases that the page asks for against the gateway whose address it gives, and reports each to the page.
// (A package must not be called as a parameter of the page is: both are looked up by the same name here.)
var suite = new Suite(_root.gateway + "/gateway");
if (_root.cases == "samples") {
	calls.EchoCases.add(suite);
	calls.InventoryCases.add(suite);
} else if (_root.cases == "members") {
	// Whether the browser sends its cookies there: the movie is of the page's origin.
	var origin:String = _root._url.substr(0, _root._url.indexOf("/", 8) + 1);
	calls.MemberCases.add(suite, _root.gateway.indexOf(origin) == 0);
	calls.PageCases.add(suite, _root.gateway + "/gateway");
}
suite.run();
