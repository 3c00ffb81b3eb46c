/** Ties a class of this movie to the name that it has on the wire. **/
class Alias {
	public static function register(alias:String, type:Class<Dynamic>):Void {
		untyped __global__["flash.net.registerClassAlias"](alias, type);
	}
}
