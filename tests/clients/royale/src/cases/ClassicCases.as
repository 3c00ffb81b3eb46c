package cases
{
    import mx.messaging.messages.ErrorMessage;
    import org.apache.royale.net.Responder;
    import org.apache.royale.net.remoting.amf.AMFNetConnection;

    /** Classic calls by `AMFNetConnection`, at a path with the profile `royale`. **/
    public class ClassicCases
    {
        public static function add(suite:Suite, address:String):void
        {
            const connection:AMFNetConnection = new AMFNetConnection();
            connection.errorClass = ErrorMessage;
            connection.connect(address);

            suite.add("a classic call is answered with its result", function(test:Test):void
            {
                call(test, connection, "club.Account.open", [], function(open:Object):void
                {
                    test.same("name", null, open.name);
                });
            });

            suite.add("a fault of a classic call is no result", function(test:Test):void
            {
                call(test, connection, "club.Account.who", [], null, function(fault:Object):void
                {
                    test.same("code", "Client.Authentication", fault.faultCode);
                });
            });

            suite.add("a token that an operation gave says whose session it is, in classic calls", function(test:Test):void
            {
                call(test, connection, "club.Visits.enter", ["dora", "1234"], function(entered:Object):void
                {
                    test.same("name", "dora", entered.name);
                    call(test, connection, "club.Visits.whose", [entered.sid], function(name:Object):void
                    {
                        test.same("whose", "dora", name);
                    });
                });
            });
        }

        /** A call that must be answered with a result, or with a fault if `onResult` is null. **/
        private static function call(
            test:Test, connection:AMFNetConnection, target:String, arguments_:Array, onResult:Function, onFault:Function = null
        ):void
        {
            const outcome:Object = test.expect(target, onResult, onFault);
            const responder:Responder = new Responder(outcome.result, outcome.fault);
            connection.call.apply(connection, [target, responder].concat(arguments_));
        }
    }
}
