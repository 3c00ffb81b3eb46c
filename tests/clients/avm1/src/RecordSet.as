/**
 * Rows of which the gateway sends some at first, and the others when they are asked for, as the record sets of Flash
 * Remoting did: by `getRecords` of the service that the answer names, on a connection without the headers of the first.
 */
class RecordSet {
	var length:Number;
	/** The rows that are here, each a list of cells in the order of `columns`. **/
	var rows:Array;
	var columns:Array;

	private var id:String;
	private var pages:Service;
	private var here:Number = 0;
	private var asked:Array;
	private var told:Function;

	/** What an operation answered; its other rows come over a connection of their own to this address. **/
	function RecordSet(answer:Object, address:String) {
		var info = answer.serverInfo;
		length = info.totalCount;
		columns = info.columnNames;
		id = info.id;
		rows = [];
		asked = [];
		var connection = new NetConnection();
		connection.connect(address);
		pages = new Service(connection, info.serviceName);
		take(info.cursor, info.initialData);
	}

	/** Whether all rows are here. **/
	function isFull():Boolean {
		return here == length;
	}

	/** On demand: the row at this index by a call of its own. `then(undefined)`, or the status of what failed. **/
	function fetch(index:Number, then:Function):Void {
		ask(index, 1, then);
	}

	/** By pages: the rows of these `size` from `index` on, and of so many pages behind them, one call for each that is not here. **/
	function fetchPages(index:Number, size:Number, more:Number, then:Function):Void {
		var waits = 1;
		var one = function(status):Void {
			waits--;
			if (status != undefined || waits == 0) {
				then(status);
			}
		};
		for (var page = 0; page <= more; page++) {
			var first = index + page * size;
			var count = Math.min(size, length - first);
			if (count > 0 && asked[first] == undefined) {
				waits++;
				ask(first, count, one);
			}
		}
		one(undefined);
	}

	/** All: the next rows when the last have come, until none is missing. **/
	function fetchAll(batch:Number, then:Function):Void {
		var self = this;
		if (isFull()) {
			then(undefined);
			return;
		}
		var first = 0;
		while (rows[first] != undefined) {
			first++;
		}
		ask(first, Math.min(batch, length - first), function(status):Void {
			if (status != undefined) {
				then(status);
				return;
			}
			self.fetchAll(batch, then);
		});
	}

	/** Lets the record set go; `then` is given what came for it. **/
	function release(then:Function):Void {
		pages.call("release", [], {onResult: then, onStatus: then});
	}

	private function ask(first:Number, count:Number, then:Function):Void {
		var self = this;
		asked[first] = true;
		pages.call("getRecords", [id, first + 1, count], {
			onResult: function(page):Void {
				self.take(page.Cursor, page.Page);
				then(undefined);
			},
			onStatus: function(status):Void {
				then(status);
			}
		});
	}

	/** Rows from this one on, which is counted from 1. **/
	private function take(cursor:Number, page:Array):Void {
		for (var i = 0; i < page.length; i++) {
			if (rows[cursor - 1 + i] == undefined) {
				here++;
			}
			rows[cursor - 1 + i] = page[i];
		}
	}
}
