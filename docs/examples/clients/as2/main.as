// The first frame of a movie for Flash Player 6 and later. With mx.remoting the record set has a class, and fetches rows by itself.
var connection = new NetConnection();
connection.connect("http://127.0.0.1:8080/gateway");

var responder = new Object();
responder.onResult = function(answer) {
	var rows = answer.serverInfo.initialData;
	for (var i = 0; i < rows.length; i++) {
		trace(rows[i][1] + ", " + rows[i][2]);
	}
};
responder.onStatus = function(status) {
	trace(status.code + ": " + status.description);
};
connection.call("samples.inventory.ProductService.getProducts", responder);

// Who calls, for all calls from here on: connection.addHeader("Credentials", false, {userid: "ann", password: "secret"});
