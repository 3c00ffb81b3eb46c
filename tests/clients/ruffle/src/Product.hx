/** What the mapping calls samples.inventory.Product. `id` cannot be null here: 0 is a product that is not saved yet. **/
@:keep class Product {
	public static inline final ALIAS = "samples.inventory.Product";

	public var id:Int = 0;
	public var name:String;
	public var price:Dynamic;
	public var category:String;
	public var addedAt:Date;
	public var version:Int = 0;

	public function new() {}
}
