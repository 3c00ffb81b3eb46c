package cases;

/** Flex messages as a Flex application sends them inside Ruffle: to no target, the class lost. **/
class FlexCases {
	public static function register():Void {
		Alias.register("flex.messaging.messages.AcknowledgeMessage", AcknowledgeMessage);
		Alias.register("flex.messaging.messages.ErrorMessage", ErrorMessage);
	}

	public static function add(suite:Suite):Void {
		register();

		suite.add("Flex: a ping by shape is acknowledged", test -> {
			final ping = command(5);
			test.call(null, [ping], got -> {
				acknowledges(test, ping, got);
				final id = Reflect.field(got.headers, "DSId");
				test.holds('a DSId, got ${Show.value(got.headers)}', Std.isOfType(id, String) && id != "nil");
			});
		});

		suite.add("Flex: a call by shape is answered with its result", test -> {
			final call = remoting("samples.EchoService", "echo", ["Ann"]);
			test.call(null, [call], got -> {
				acknowledges(test, call, got);
				test.same("body", "Ann", got.body);
			});
		});

		suite.add("Flex: rows arrive as a plain list of typed objects", test -> {
			final call = remoting("samples.inventory.ProductService", "getProducts", []);
			test.call(null, [call], got -> {
				acknowledges(test, call, got);
				test.holds('a list, got ${Show.value(got.body)}', Std.isOfType(got.body, Array));
				for (product in (got.body : Array<Dynamic>)) {
					test.holds('a Product, got ${Show.value(product)}', Std.isOfType(product, Product));
				}
			});
		});

		suite.add("Flex: a fault arrives as an ErrorMessage", test -> {
			final call = remoting("samples.EchoService", "fail", []);
			test.fails(null, [call], got -> {
				test.holds('an ErrorMessage, got ${Show.value(got)}', Std.isOfType(got, ErrorMessage));
				test.same("correlationId", call.messageId, got.correlationId);
				test.same("faultCode", "E-17", got.faultCode);
				test.same("faultString", "back at noon", got.faultString);
			});
		});

		suite.add("Flex: an unknown destination arrives as an ErrorMessage", test -> {
			final call = remoting("samples.NoSuchService", "echo", [1]);
			test.fails(null, [call], got -> {
				test.holds('an ErrorMessage, got ${Show.value(got)}', Std.isOfType(got, ErrorMessage));
				test.same("correlationId", call.messageId, got.correlationId);
			});
		});
	}

	static function acknowledges(test:Test, sent:Dynamic, got:Dynamic):Void {
		test.holds('an AcknowledgeMessage, got ${Show.value(got)}', Std.isOfType(got, AcknowledgeMessage));
		test.same("correlationId", sent.messageId, got.correlationId);
	}

	public static function command(operation:Int, ?body:Dynamic, id:String = "nil"):Dynamic {
		return {
			messageId: nextId(), clientId: null, destination: "", correlationId: "", operation: operation,
			body: body == null ? {} : body, headers: {DSMessagingVersion: 1, DSId: id}, timestamp: 0, timeToLive: 0, _body: null,
		};
	}

	public static function remoting(destination:String, operation:String, arguments:Array<Dynamic>, id:String = "nil"):Dynamic {
		return {
			messageId: nextId(), clientId: null, destination: destination, operation: operation, source: null,
			body: arguments, headers: {DSEndpoint: "my-amf", DSId: id}, timestamp: 0, timeToLive: 0, messageIdBytes: null,
		};
	}

	static var count = 0;

	static function nextId():String {
		count++;
		return '00000000-0000-4000-8000-${StringTools.lpad(Std.string(count), "0", 12)}';
	}
}

@:keep class AcknowledgeMessage {
	public var messageId:Dynamic;
	public var clientId:Dynamic;
	public var correlationId:Dynamic;
	public var destination:Dynamic;
	public var body:Dynamic;
	public var headers:Dynamic;
	public var timestamp:Dynamic;
	public var timeToLive:Dynamic;

	public function new() {}
}

@:keep class ErrorMessage extends AcknowledgeMessage {
	public var faultCode:Dynamic;
	public var faultString:Dynamic;
	public var faultDetail:Dynamic;
	public var rootCause:Dynamic;
	public var extendedData:Dynamic;
}
