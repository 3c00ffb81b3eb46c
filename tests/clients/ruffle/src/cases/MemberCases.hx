package cases;

/** Who calls, and what a session keeps. Across origins Ruffle has no cookie, so each packet says again who it is from. **/
class MemberCases {
	public static function add(suite:Suite, cookies:Bool):Void {
		suite.add("a stranger may call what is public alone", test -> {
			test.call("club.Account.open", [], got -> test.same("name", null, got.name));
			test.fails("club.Account.who", [], status -> test.same("code", "Client.Authentication", status.code));
		});

		suite.add("a Credentials header says who calls", test -> {
			credentials(test, "ann", "nna");
			test.call("club.Account.who", [], got -> test.same("id", "ann", got.id));
			test.call("club.Account.staff", [], got -> test.same("the answer", "behind the bar", got));
		});

		suite.add("not everybody has every role", test -> {
			credentials(test, "ben", "neb");
			test.fails("club.Account.staff", [], status -> test.same("code", "Client.Authorization", status.code));
		});

		suite.add("wrong credentials reach onStatus", test -> {
			credentials(test, "cleo", "guess");
			test.fails("club.Account.open", [], status -> test.same("code", "Client.Authentication", status.code));
		});

		FlexCases.register();
		suite.add("Flex: a channel logs in under its DSId, and out again", test -> {
			test.call(null, [FlexCases.command(5)], ping -> {
				final id:String = Reflect.field(ping.headers, "DSId");
				// ann:nna
				test.call(null, [FlexCases.command(8, "YW5uOm5uYQ==", id)], login -> {
					test.same("login", "success", login.body);
					test.call(null, [FlexCases.remoting("club.Account", "who", [], id)], who -> {
						test.same("id", "ann", who.body.id);
						test.call(null, [FlexCases.command(9, null, id)], logout -> {
							test.same("logout", "success", logout.body);
							test.fails(null, [FlexCases.remoting("club.Account", "who", [], id)], fault ->
								test.same("code", "Client.Authentication", fault.faultCode));
						});
					});
				});
			});
		});

		suite.add("whoever asks for debug events gets the answer as well", test -> {
			test.connection.addHeader("amf_server_debug", true, {m_debug: true, trace: true, error: true});
			credentials(test, "ann", "nna");
			test.call("club.Account.staff", [], got -> test.same("the answer", "behind the bar", got));
		});

		suite.add("whoever asks for debug events and may not gets the answer alone", test -> {
			test.connection.addHeader("amf_server_debug", true, {m_debug: true, trace: true, error: true});
			credentials(test, "ben", "neb");
			test.call("club.Account.who", [], got -> test.same("id", "ben", got.id));
		});

		suite.add("the rest of a list that comes by pages is fetched by its id, in one frame and by whoever has it", test -> {
			credentials(test, "ben", "neb");
			test.call("club.Songs.all", [], answer -> {
				final info:Dynamic = answer.serverInfo;
				test.same("rows at first", [25, 1, 130], [info.initialData.length, info.cursor, info.totalCount]);
				for (first in [26, 51, 130]) {
					final count = first == 130 ? 1 : 25;
					test.call('${info.serviceName}.getRecords', [info.id, first, count], page -> {
						final rows:Array<Array<Dynamic>> = page.Page;
						test.same("first row and count", [first, count], [page.Cursor, rows.length]);
						test.same("the row", [first, 'Song $first'], rows[0]);
					});
				}
			});
		});

		suite.add("a token that an operation gave says whose session it is, without cookies", test ->
			test.call("club.Visits.enter", ["dora", "1234"], entered -> {
				test.same("name", "dora", entered.name);
				test.call("club.Visits.whose", [entered.sid], name -> test.same("whose", "dora", name));
				test.fails("club.Visits.whose", ["invented"], status -> test.same("code", "Client.Authentication", status.code));
			}));

		suite.add("credentials begin a session", test -> {
			credentials(test, "ben", "neb");
			test.call("club.Account.paint", ["red"], _ -> test.call("club.Account.who", [], who -> test.same("id", "ben", who.id)));
		});

		suite.add("it goes on by the cookie, on another connection and without credentials, where there is one", test -> {
			test.call("club.Account.colour", [], colour -> test.same("colour", cookies ? "red" : null, colour));
			if (cookies) {
				test.call("club.Account.who", [], who -> test.same("id", "ben", who.id));
			} else {
				test.fails("club.Account.who", [], status -> test.same("code", "Client.Authentication", status.code));
			}
		});
	}

	/** What `setCredentials` of the remoting classes sends. **/
	static function credentials(test:Test, name:String, password:String):Void {
		test.connection.addHeader("Credentials", false, {userid: name, password: password});
	}
}
