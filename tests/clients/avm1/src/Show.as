/** Values as text; the same text means the same value. **/
class Show {
	static function value(it):String {
		if (it === undefined) {
			return "undefined";
		}
		if (it === null) {
			return "null";
		}
		if (typeof(it) == "string") {
			return text(it);
		}
		if (typeof(it) == "number" || typeof(it) == "boolean") {
			return String(it);
		}
		if (it instanceof Date) {
			return "Date(" + it.getTime() + ")";
		}
		if (it instanceof Array) {
			var items = [];
			for (var i = 0; i < it.length; i++) {
				items.push(value(it[i]));
			}
			return "[" + items.join(", ") + "]";
		}
		if (it instanceof XML) {
			return "XML(" + it.toString() + ")";
		}
		var names = [];
		for (var name in it) {
			names.push(name);
		}
		names.sort();
		var members = [];
		for (var n = 0; n < names.length; n++) {
			members.push(names[n] + ": " + value(it[names[n]]));
		}
		return "{" + members.join(", ") + "}";
	}

	/** A text in quotation marks, as JSON has it. **/
	static function text(it:String):String {
		var out = "\"";
		for (var i = 0; i < it.length; i++) {
			var code = it.charCodeAt(i);
			if (code == 34 || code == 92) {
				out += "\\" + it.charAt(i);
			} else if (code < 32) {
				out += "\\u00" + (code < 16 ? "0" : "1") + "0123456789abcdef".charAt(code % 16);
			} else {
				out += it.charAt(i);
			}
		}
		return out + "\"";
	}
}
