import flash.external.ExternalInterface;
import haxe.Json;

/** The cases, run one after another, so that each has its own packets. **/
class Suite {
	public final gateway:String;

	final cases:Array<{name:String, body:Test->Void}> = [];

	public function new(gateway:String) {
		this.gateway = gateway;
	}

	/** Adds a case. It ends when all calls that it began have been answered. **/
	public function add(name:String, body:Test->Void):Void {
		cases.push({name: name, body: body});
	}

	public function run():Void {
		next(0);
	}

	function next(index:Int):Void {
		if (index == cases.length) {
			report({end: true, count: cases.length});
			return;
		}
		final each = cases[index];
		new Test(gateway, faults -> {
			report({name: each.name, faults: faults});
			next(index + 1);
		}).start(each.body);
	}

	static function report(line:Dynamic):Void {
		ExternalInterface.call("report", Json.stringify(line));
	}
}
