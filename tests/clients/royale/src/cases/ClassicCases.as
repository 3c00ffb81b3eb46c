package cases
{
    import mx.messaging.messages.ErrorMessage;
    import org.apache.royale.net.Responder;
    import org.apache.royale.net.remoting.amf.AMF0NetConnection;
    import org.apache.royale.net.remoting.amf.AMFNetConnection;

    /** Classic calls by `AMFNetConnection`, and in AMF0 by `AMF0NetConnection`, at a path with the profile `royale`. **/
    public class ClassicCases
    {
        public static function add(suite:Suite, address:String):void
        {
            const connection:AMFNetConnection = new AMFNetConnection();
            connection.errorClass = ErrorMessage;
            connection.connect(address);

            const old:AMF0NetConnection = new AMF0NetConnection();
            old.objectEncoding = 0;
            old.errorClass = ErrorMessage;
            old.connect(address);

            // Of one origin both have the cookie of whoever comes in.
            addStranger(suite, connection, "");
            addStranger(suite, old, ", in AMF0");
            addToken(suite, connection, "");
            addToken(suite, old, ", in AMF0");
            addDebugging(suite, address);
        }

        /** The cases of a connection without a session; its class has `call`. **/
        private static function addStranger(suite:Suite, connection:Object, how:String):void
        {
            suite.add("a classic call is answered with its result" + how, function(test:Test):void
            {
                call(test, connection, "club.Account.open", [], function(open:Object):void
                {
                    test.same("name", null, open.name);
                });
            });

            suite.add("a fault of a classic call is no result" + how, function(test:Test):void
            {
                call(test, connection, "club.Account.who", [], null, function(fault:Object):void
                {
                    test.same("code", "Client.Authentication", fault.faultCode);
                });
            });
        }

        private static function addToken(suite:Suite, connection:Object, how:String):void
        {
            suite.add("a token that an operation gave says whose session it is, in classic calls" + how, function(test:Test):void
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

        /** Each body of an answer calls the responder, so where the path is pinned there are no events. Only this class sends headers. **/
        private static function addDebugging(suite:Suite, address:String):void
        {
            suite.add("who asks for debug events gets the answer alone", function(test:Test):void
            {
                const connection:AMF0NetConnection = new AMF0NetConnection();
                connection.objectEncoding = 0;
                connection.errorClass = ErrorMessage;
                connection.connect(address);
                connection.addHeader("Credentials", false, {userid: "ann", password: "nna"});
                connection.addHeader("amf_server_debug", true, {m_debug: true, trace: true, error: true});
                call(test, connection, "club.Account.staff", [], function(staff:Object):void
                {
                    test.same("the answer", "behind the bar", staff);
                });
            });
        }

        /** A call that must be answered with a result, or with a fault if `onResult` is null. **/
        private static function call(
            test:Test, connection:Object, target:String, arguments_:Array, onResult:Function, onFault:Function = null
        ):void
        {
            const outcome:Object = test.expect(target, onResult, onFault);
            const responder:Responder = new Responder(outcome.result, outcome.fault);
            connection.call.apply(connection, [target, responder].concat(arguments_));
        }
    }
}
