import flash.events.IOErrorEvent;
import flash.events.NetStatusEvent;
import flash.events.SecurityErrorEvent;
import flash.net.NetConnection;
import flash.net.Responder;
import haxe.Timer;

/** One case while it runs: a connection of its own, the calls that wait for an answer, and what was wrong. **/
class Test {
	public final connection:NetConnection;

	final finished:Array<String>->Void;
	final faults:Array<String> = [];
	final pending:Array<String> = [];
	var deadline:Timer;

	static inline final PATIENCE = 10000;

	public function new(gateway:String, finished:Array<String>->Void) {
		this.finished = finished;
		connection = new NetConnection();
		connection.addEventListener(NetStatusEvent.NET_STATUS, event -> broken(Show.value(event.info)));
		connection.addEventListener(IOErrorEvent.IO_ERROR, event -> broken(event.text));
		connection.addEventListener(SecurityErrorEvent.SECURITY_ERROR, event -> broken(event.text));
		connection.connect(gateway);
	}

	public function start(body:Test->Void):Void {
		deadline = Timer.delay(() -> broken('no answer within $PATIENCE ms'), PATIENCE);
		guarded(() -> body(this));
		if (pending.length == 0) {
			finish();
		}
	}

	/** A call that must be answered with a result. **/
	public function call(target:String, arguments:Array<Dynamic>, onResult:Dynamic->Void):Void {
		send(target, arguments, onResult, status -> faults.push('$target: a fault came: ${Show.value(status)}'));
	}

	/** A call that must be answered with a fault. **/
	public function fails(target:String, arguments:Array<Dynamic>, onStatus:Dynamic->Void):Void {
		send(target, arguments, result -> faults.push('$target: no fault, but ${Show.value(result)}'), onStatus);
	}

	/** Compares by what `Show` makes of both. **/
	public function same(what:String, expected:Dynamic, got:Dynamic):Void {
		final wanted = Show.value(expected);
		final shown = Show.value(got);
		if (wanted != shown) {
			faults.push('$what\n  expected $wanted\n  got      $shown');
		}
	}

	public function holds(what:String, condition:Bool):Void {
		if (!condition) {
			faults.push(what);
		}
	}

	function send(target:String, arguments:Array<Dynamic>, onResult:Dynamic->Void, onStatus:Dynamic->Void):Void {
		final name = target == null ? "a Flex message" : target;
		pending.push(name);
		final answered = (take:Dynamic->Void) -> (value:Dynamic) -> {
			if (!pending.remove(name)) {
				return;
			}
			guarded(() -> take(value));
			if (pending.length == 0) {
				finish();
			}
		};
		final responder = new Responder(answered(onResult), answered(onStatus));
		final words:Array<Dynamic> = [target, responder];
		Reflect.callMethod(connection, connection.call, words.concat(arguments));
	}

	function guarded(action:() -> Void):Void {
		try {
			action();
		} catch (error:Dynamic) {
			faults.push('the case itself ended with $error');
		}
	}

	function broken(reason:String):Void {
		for (name in pending.splice(0, pending.length)) {
			faults.push('$name: $reason');
		}
		finish();
	}

	function finish():Void {
		if (deadline == null) {
			return;
		}
		deadline.stop();
		deadline = null;
		// The next case begins in a later frame: its calls travel in a packet of their own.
		Timer.delay(() -> finished(faults), 1);
	}
}
