/** One case while it runs: a connection of its own, the calls that wait for an answer, and what was wrong. **/
class Test {
	static var PATIENCE:Number = 10000;

	var connection:NetConnection;

	private var finished:Function;
	private var faults:Array;
	private var pending:Number = 0;
	private var deadline:Number;

	function Test(gateway:String, whenFinished:Function) {
		finished = whenFinished;
		faults = [];
		connection = new NetConnection();
		connection.connect(gateway);
	}

	function start(body:Function):Void {
		deadline = setInterval(this, "late", PATIENCE);
		// A case without a call would end before it began.
		pending++;
		body(this);
		answered();
	}

	/** A service by its name, as `NetServices.getService` gives it. **/
	function service(name:String):Service {
		return new Service(connection, name);
	}

	/** A call that must be answered with a result. **/
	function call(target:String, args:Array, onResult:Function):Void {
		var self = this;
		send(target, args, onResult, function(status):Void {
			self.faults.push(target + ": a fault came: " + Show.value(status));
		});
	}

	/** A call that must be answered with a fault. **/
	function fails(target:String, args:Array, onStatus:Function):Void {
		var self = this;
		send(target, args, function(result):Void {
			self.faults.push(target + ": no fault, but " + Show.value(result));
		}, onStatus);
	}

	/** Keeps the case open until `answered` is called once more. **/
	function wait():Void {
		pending++;
	}

	function answered():Void {
		pending--;
		if (pending == 0) {
			finish();
		}
	}

	/** Compares by what `Show` makes of both. **/
	function same(what:String, expected, got):Void {
		// To show a long text takes seconds here, in which clocks stand still.
		if (typeof(expected) == "string" && expected === got) {
			return;
		}
		var wanted = Show.value(expected);
		var shown = Show.value(got);
		if (wanted != shown) {
			faults.push(what + "\n  expected " + wanted + "\n  got      " + shown);
		}
	}

	function holds(what:String, condition:Boolean):Void {
		if (!condition) {
			faults.push(what);
		}
	}

	private function send(target:String, args:Array, onResult:Function, onStatus:Function):Void {
		wait();
		var dot = target.lastIndexOf(".");
		var self = this;
		service(target.substring(0, dot)).call(target.substring(dot + 1), args, {
			onResult: function(result):Void {
				onResult(result);
				self.answered();
			},
			onStatus: function(status):Void {
				onStatus(status);
				self.answered();
			}
		});
	}

	private function late():Void {
		faults.push("no answer within " + PATIENCE + " ms");
		finish();
	}

	private function finish():Void {
		clearInterval(deadline);
		var ended = finished;
		finished = null;
		if (ended == null) {
			return;
		}
		var told = faults;
		// The next case begins in a later frame: its calls travel in a packet of their own.
		var later;
		later = setInterval(function():Void {
			clearInterval(later);
			ended(told);
		}, 1);
	}
}
