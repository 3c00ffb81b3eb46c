import flash.external.ExternalInterface;

/** The cases, run one after another, so that each has its own packets. **/
class Suite {
	private var gateway:String;
	private var names:Array;
	private var bodies:Array;

	function Suite(address:String) {
		gateway = address;
		names = [];
		bodies = [];
	}

	/** Adds a case: a function of its `Test`. It ends when all calls that it began have been answered. **/
	function add(name:String, body:Function):Void {
		names.push(name);
		bodies.push(body);
	}

	function run():Void {
		next(0);
	}

	private function next(index:Number):Void {
		if (index == names.length) {
			report("{\"end\": true, \"count\": " + index + "}");
			return;
		}
		var self = this;
		var test = new Test(gateway, function(faults:Array):Void {
			var told = [];
			for (var i = 0; i < faults.length; i++) {
				told.push(Show.text(faults[i]));
			}
			self.report("{\"name\": " + Show.text(self.names[index]) + ", \"faults\": [" + told.join(", ") + "]}");
			self.next(index + 1);
		});
		test.start(bodies[index]);
	}

	private function report(line:String):Void {
		ExternalInterface.call("report", line);
	}
}
