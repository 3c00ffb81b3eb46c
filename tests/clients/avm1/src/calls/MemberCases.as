/** Who calls, and what a session keeps. **/
class calls.MemberCases {
	static function add(suite:Suite, cookies:Boolean):Void {
		suite.add("a stranger may call what is public alone", function(test:Test):Void {
			test.call("club.Account.open", [], function(got):Void {
				test.same("name", null, got.name);
			});
			calls.MemberCases.refused(test, "club.Account.who", [], "Client.Authentication");
		});

		suite.add("a Credentials header says who calls", function(test:Test):Void {
			calls.MemberCases.credentials(test, "ann", "nna");
			test.call("club.Account.who", [], function(got):Void {
				test.same("id", "ann", got.id);
			});
			test.call("club.Account.staff", [], function(got):Void {
				test.same("the answer", "behind the bar", got);
			});
		});

		suite.add("not everybody has every role", function(test:Test):Void {
			calls.MemberCases.credentials(test, "ben", "neb");
			calls.MemberCases.refused(test, "club.Account.staff", [], "Client.Authorization");
		});

		suite.add("wrong credentials reach onStatus", function(test:Test):Void {
			calls.MemberCases.credentials(test, "cleo", "guess");
			calls.MemberCases.refused(test, "club.Account.open", [], "Client.Authentication");
		});

		suite.add("whoever asks for debug events gets the answer as well", function(test:Test):Void {
			test.connection.addHeader("amf_server_debug", true, {m_debug: true, trace: true, error: true});
			calls.MemberCases.credentials(test, "ann", "nna");
			test.call("club.Account.staff", [], function(got):Void {
				test.same("the answer", "behind the bar", got);
			});
		});

		suite.add("whoever asks for debug events and may not gets the answer alone", function(test:Test):Void {
			test.connection.addHeader("amf_server_debug", true, {m_debug: true, trace: true, error: true});
			calls.MemberCases.credentials(test, "ben", "neb");
			test.call("club.Account.who", [], function(got):Void {
				test.same("id", "ben", got.id);
			});
		});

		suite.add("a token that an operation gave says whose session it is, without cookies", function(test:Test):Void {
			test.call("club.Visits.enter", ["dora", "1234"], function(entered):Void {
				test.same("name", "dora", entered.name);
				test.call("club.Visits.whose", [entered.sid], function(name):Void {
					test.same("whose", "dora", name);
				});
				calls.MemberCases.refused(test, "club.Visits.whose", ["invented"], "Client.Authentication");
			});
		});

		suite.add("credentials begin a session", function(test:Test):Void {
			calls.MemberCases.credentials(test, "ben", "neb");
			test.call("club.Account.paint", ["red"], function(painted):Void {
				test.same("painted", true, painted);
			});
		});

		suite.add("it goes on by the cookie, on another connection and without credentials, where there is one", function(test:Test):Void {
			test.call("club.Account.colour", [], function(colour):Void {
				test.same("colour", cookies ? "red" : null, colour);
			});
			if (cookies) {
				test.call("club.Account.who", [], function(who):Void {
					test.same("id", "ben", who.id);
				});
			} else {
				calls.MemberCases.refused(test, "club.Account.who", [], "Client.Authentication");
			}
		});
	}

	/** What `setCredentials` of the remoting classes sends. **/
	static function credentials(test:Test, name:String, password:String):Void {
		test.connection.addHeader("Credentials", false, {userid: name, password: password});
	}

	static function refused(test:Test, target:String, args:Array, code:String):Void {
		test.fails(target, args, function(status):Void {
			test.same("code", code, status.code);
		});
	}
}
