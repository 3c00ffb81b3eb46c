import flash.utils.ByteArray;
import haxe.Json;

/** Values as text that shows types and aliases; the same text means the same value. **/
class Show {
	public static function value(it:Dynamic):String {
		if (it == null) {
			return "null";
		}
		if (Std.isOfType(it, Bool) || Std.isOfType(it, Float)) {
			return Std.string(it);
		}
		if (Std.isOfType(it, String)) {
			return Json.stringify(it);
		}
		if (Std.isOfType(it, Date)) {
			return 'Date(${(it : Date).getTime()})';
		}
		if (Std.isOfType(it, Array)) {
			return '[${(it : Array<Dynamic>).map(value).join(", ")}]';
		}
		if (Std.isOfType(it, ByteArray)) {
			return 'ByteArray(${(it : ByteArray).length})';
		}
		if (Std.isOfType(it, flash.xml.XML)) {
			return 'XML(${Std.string(it)})';
		}
		return '${alias(it)}{${members(it).join(", ")}}';
	}

	static function members(it:Dynamic):Array<String> {
		final type = Type.getClass(it);
		final named = type == null ? Reflect.fields(it) : Type.getInstanceFields(type);
		final shown = named.filter(name -> !Reflect.isFunction(Reflect.field(it, name)));
		shown.sort(Reflect.compare);
		return shown.map(name -> '$name: ${value(Reflect.field(it, name))}');
	}

	static function alias(it:Dynamic):String {
		final type = Type.getClass(it);
		return type == null || Type.getClassName(type) == "Object" ? "" : Type.getClassName(type);
	}

}
