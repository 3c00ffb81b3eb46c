/** A list that comes by pages, in each way in which a record set fetches the rest, to the last row. **/
class calls.PageCases {
	static function add(suite:Suite, address:String):Void {
		suite.add("on demand, rows come one by one in any order", function(test:Test):Void {
			calls.PageCases.open(test, address, function(songs:RecordSet):Void {
				var indexes = [129, 25, 77, 77];
				for (var i = 0; i < indexes.length; i++) {
					calls.PageCases.one(test, songs, indexes[i]);
				}
			});
		});

		suite.add("by pages, rows come to the last one", function(test:Test):Void {
			calls.PageCases.open(test, address, function(songs:RecordSet):Void {
				calls.PageCases.paged(test, songs, 25);
			});
		});

		suite.add("all rows come without being asked for", function(test:Test):Void {
			calls.PageCases.open(test, address, function(songs:RecordSet):Void {
				test.wait();
				songs.fetchAll(40, function(status):Void {
					calls.PageCases.full(test, songs, status);
					test.answered();
				});
			});
		});

		suite.add("an id that the gateway did not give reaches onStatus", function(test:Test):Void {
			test.fails("PageableResult.getRecords", ["invented", 26, 25], function(status):Void {
				test.same("code", "Server.ResourceNotFound", status.code);
			});
		});
	}

	/** The record set of a member. What it fetches later goes over a connection that does not say who calls. **/
	static function open(test:Test, address:String, then:Function):Void {
		calls.MemberCases.credentials(test, "ben", "neb");
		test.call("club.Songs.all", [], function(answer):Void {
			test.same("rows at first, and where they begin", [25, 1], [answer.serverInfo.initialData.length, answer.serverInfo.cursor]);
			var songs = new RecordSet(answer, address);
			test.same("length and columns", [130, ["number", "title"]], [songs.length, songs.columns]);
			then(songs);
		});
	}

	static function one(test:Test, songs:RecordSet, index:Number):Void {
		test.wait();
		songs.fetch(index, function(status):Void {
			test.same("status", undefined, status);
			test.same("the row", [index + 1, "Song " + (index + 1)], songs.rows[index]);
			test.answered();
		});
	}

	static function paged(test:Test, songs:RecordSet, index:Number):Void {
		test.wait();
		songs.fetchPages(index, 25, 2, function(status):Void {
			if (index + 25 < songs.length && status == undefined) {
				calls.PageCases.paged(test, songs, index + 25);
			} else {
				calls.PageCases.full(test, songs, status);
			}
			test.answered();
		});
	}

	static function full(test:Test, songs:RecordSet, status):Void {
		test.same("status", undefined, status);
		test.holds("all rows, got " + songs.rows.length, songs.isFull());
		var wrong = 0;
		for (var i = 0; i < songs.length; i++) {
			if (songs.rows[i][0] != i + 1 || songs.rows[i][1] != "Song " + (i + 1)) {
				wrong++;
			}
		}
		test.same("rows that are not what they should be", 0, wrong);
		test.wait();
		songs.release(function(got):Void {
			test.same("release", null, got);
			test.answered();
		});
	}
}
