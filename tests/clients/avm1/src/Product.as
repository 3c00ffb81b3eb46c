/** What the mapping calls samples.inventory.Product. **/
class Product {
	static var ALIAS:String = "samples.inventory.Product";

	var id:Number;
	var name:String;
	var price:String;
	var category:String;
	var version:Number;
}
