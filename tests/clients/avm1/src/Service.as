/** A service of the gateway at the other end of a connection. **/
class Service {
	private var connection:NetConnection;
	private var name:String;

	// (The compiler takes a parameter that is called as a member is for the member.)
	function Service(over:NetConnection, named:String) {
		connection = over;
		name = named;
	}

	/** Calls an operation; `responder` has `onResult(result)` and `onStatus(status)`. **/
	function call(operation:String, args:Array, responder:Object):Void {
		connection.call.apply(connection, [name + "." + operation, responder].concat(args));
	}
}
