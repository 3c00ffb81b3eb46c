import flash.net.NetConnection;
import flash.net.Responder;

/** haxe -main Products -swf products.swf -swf-version 11 **/
class Products {
	static function main() {
		untyped __global__["flash.net.registerClassAlias"]("samples.inventory.Product", Product);
		final connection = new NetConnection();
		connection.connect("http://127.0.0.1:8080/gateway");
		connection.call("samples.inventory.ProductService.getProducts", new Responder(shown, failed));
		connection.call("samples.inventory.ProductService.getProduct", new Responder(one, failed), 1);
	}

	/** Ruffle calls in AMF0, where rows are a record set; Flash Player 9 and later gets a list of `Product`. **/
	static function shown(answer:Dynamic) {
		final rows:Array<Array<Dynamic>> = answer.serverInfo.initialData;
		for (row in rows) {
			trace('${row[1]}, ${row[2]}');
		}
	}

	static function one(product:Product) {
		trace('${product.name}, ${product.price}');
	}

	static function failed(status:Dynamic) {
		trace('${status.code}: ${status.description}');
	}
}

@:keep class Product {
	public var id:Int;
	public var name:String;
	public var price:String;
	public var category:String;
	public var addedAt:Date;
	public var version:Int;

	public function new() {}
}
