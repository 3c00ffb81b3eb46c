package cases
{
    import mx.messaging.ChannelSet;
    import mx.rpc.Fault;
    import mx.rpc.remoting.RemoteObject;

    /** Who calls: `ChannelSet.login` and `setCredentials` of a remote object. **/
    public class LoginCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            suite.add("a stranger may call what is public alone", function(test:Test):void
            {
                const account:RemoteObject = Test.remote("club.Account", Test.channels(endpoint));
                test.call(account, "open", [], function(open:Object):void
                {
                    test.same("name", null, open.name);
                    refused(test, account, "who", "Client.Authentication");
                });
            });

            suite.add("a wrong password is a fault of the login", function(test:Test):void
            {
                const channels:ChannelSet = Test.channels(endpoint);
                test.wait("login", channels.login("cleo", "guess"), null, function(fault:Fault):void
                {
                    test.same("code", "Client.Authentication", fault.faultCode);
                    test.holds("not authenticated", !channels.authenticated);
                });
            });

            suite.add("credentials of a remote object log in before its first call", function(test:Test):void
            {
                const account:RemoteObject = Test.remote("club.Account", Test.channels(endpoint));
                account.setCredentials("ben", "neb");
                test.call(account, "who", [], function(who:Object):void
                {
                    test.same("id", "ben", who.id);
                    refused(test, account, "staff", "Client.Authorization");
                });
            });

            suite.add("a name beyond Latin-1 needs the charset", function(test:Test):void
            {
                const channels:ChannelSet = Test.channels(endpoint);
                test.wait("login", channels.login("\u017caneta", "atena\u017c", "UTF-8"), function(_:Object):void
                {
                    test.holds("authenticated", channels.authenticated);
                }, null);
            });

            suite.add("a channel set logs in, and out again", function(test:Test):void
            {
                const channels:ChannelSet = Test.channels(endpoint);
                const account:RemoteObject = Test.remote("club.Account", channels);
                test.wait("login", channels.login("ann", "nna"), function(_:Object):void
                {
                    test.holds("authenticated", channels.authenticated);
                    test.call(account, "who", [], function(who:Object):void
                    {
                        test.same("id", "ann", who.id);
                        test.wait("logout", channels.logout(), function(_:Object):void
                        {
                            refused(test, account, "who", "Client.Authentication");
                        }, null);
                    });
                }, null);
            });

            suite.add("who has logged out logs in again, though the client keeps its DSId", function(test:Test):void
            {
                const channels:ChannelSet = Test.channels(endpoint);
                const account:RemoteObject = Test.remote("club.Account", channels);
                test.wait("login", channels.login("ben", "neb"), function(_:Object):void
                {
                    test.call(account, "who", [], function(who:Object):void
                    {
                        test.same("id", "ben", who.id);
                        test.call(account, "paint", ["blue"], function(_:Object):void
                        {
                            test.call(account, "colour", [], function(colour:Object):void
                            {
                                test.same("colour", "blue", colour);
                                test.wait("logout", channels.logout(), function(_:Object):void {}, null);
                            });
                        });
                    });
                }, null);
            });

            suite.add("an operation signs in, and out again", function(test:Test):void
            {
                const visits:RemoteObject = Test.remote("club.Visits", Test.channels(endpoint));
                test.call(visits, "enter", ["dora", "1234"], function(entered:Object):void
                {
                    test.same("name", "dora", entered.name);
                    test.call(visits, "who", [], function(who:Object):void
                    {
                        test.same("who", "dora", who.name);
                        test.call(visits, "leave", [], function(_:Object):void
                        {
                            refused(test, visits, "who", "Client.Authentication");
                        });
                    });
                });
            });

            suite.add("a stranger again, what is remembered is there at the next call", function(test:Test):void
            {
                const account:RemoteObject = Test.remote("club.Account", Test.channels(endpoint));
                refused(test, account, "who", "Client.Authentication");
                test.call(account, "paint", ["green"], function(_:Object):void
                {
                    test.call(account, "colour", [], function(colour:Object):void
                    {
                        test.same("colour", "green", colour);
                    });
                });
            });
        }

        private static function refused(test:Test, remote:RemoteObject, operation:String, code:String):void
        {
            test.fails(remote, operation, [], function(fault:Fault):void
            {
                test.same("code", code, fault.faultCode);
            });
        }
    }
}
