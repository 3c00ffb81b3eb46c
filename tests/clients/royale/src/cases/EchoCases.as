package cases
{
    import mx.messaging.ChannelSet;
    import mx.rpc.Fault;
    import mx.rpc.remoting.RemoteObject;

    /** Values there and back, faults, and the forms in which an application calls. **/
    public class EchoCases
    {
        private static const SERVICE:String = "samples.EchoService";

        public static function add(suite:Suite, endpoint:String):void
        {
            const channels:ChannelSet = Test.channels(endpoint);
            const echo:RemoteObject = Test.remote(SERVICE, channels);

            suite.add("values come back as they went", function(test:Test):void
            {
                const date:Date = new Date(Date.UTC(2026, 10, 20, 9, 30));
                const values:Array = ["Ann \u00e9\u4e2d\ud83d\ude00", 42, -1, 268435456, 1.5, true, false, null, date, "", [1, "two", [3]]];
                values.forEach(function(value:Object, ..._):void
                {
                    test.call(echo, "echo", [value], function(got:Object):void
                    {
                        test.same("the answer", value, got);
                    });
                });
            });

            suite.add("an operation is called by its name on the remote object", function(test:Test):void
            {
                test.wait("echo", echo.echo("by name"), function(got:Object):void
                {
                    test.same("the answer", "by name", got);
                }, null);
            });

            suite.add("an endpoint is enough", function(test:Test):void
            {
                const remote:RemoteObject = new RemoteObject(SERVICE);
                remote.endpoint = endpoint;
                test.call(remote, "echo", ["no channel set"], function(got:Object):void
                {
                    test.same("the answer", "no channel set", got);
                });
            });

            suite.add("calls beside each other each get their own answer", function(test:Test):void
            {
                for each (var number:int in [1, 2, 3, 4, 5, 6, 7, 8])
                {
                    expect(test, echo, number);
                }
                test.fails(echo, "fail", [], function(fault:Fault):void
                {
                    test.same("code", "E-17", fault.faultCode);
                });
            });

            suite.add("a fault of the mapping reaches the fault handler with its own code", function(test:Test):void
            {
                test.fails(echo, "fail", [], function(fault:Fault):void
                {
                    test.same("code and text", ["E-17", "back at noon"], [fault.faultCode, fault.faultString]);
                });
            });

            suite.add("what no mapping names reaches the fault handler", function(test:Test):void
            {
                const calls:Array = [[echo, "nothingOfThisName"], [Test.remote("samples.NoSuchService", channels), "echo"]];
                for each (var call:Array in calls)
                {
                    test.fails(call[0], call[1], [1], function(fault:Fault):void
                    {
                        test.same("code", "Server.ResourceNotFound", fault.faultCode);
                        test.holds("a text", fault.faultString != "");
                    });
                }
            });
        }

        private static function expect(test:Test, echo:RemoteObject, number:int):void
        {
            test.call(echo, "echo", [number], function(got:Object):void
            {
                test.same("the answer", number, got);
            });
        }
    }
}
