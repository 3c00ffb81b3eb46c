package cases
{
    import mx.rpc.Fault;
    import mx.rpc.soap.mxml.WebService;

    /** `WebService` with `useProxy`: the gateway fetches the description and sends the envelopes, the page's server answers them. **/
    public class WebServiceCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            for each (var destination:String in ["newsFeed", null])
            {
                addFor(suite, endpoint, destination);
            }
        }

        private static function addFor(suite:Suite, endpoint:String, destination:String):void
        {
            const by:String = destination == null ? "the destination of those that name none" : "a destination";

            suite.add("a web service is called through " + by, function(test:Test):void
            {
                const service:WebService = described(endpoint, destination);
                test.wait("getQuote", service.getOperation("getQuote").send("ACME"), function(result:Object):void
                {
                    test.same("quote", "12.5", String(result));
                }, null);
            });

            suite.add("a fault of a web service comes through " + by, function(test:Test):void
            {
                const service:WebService = described(endpoint, destination);
                test.wait("getQuote", service.getOperation("getQuote").send("NOBODY"), null, function(fault:Fault):void
                {
                    test.same("sentence", "no quote of NOBODY", fault.faultString);
                });
            });
        }

        private static function described(endpoint:String, destination:String):WebService
        {
            const service:WebService = new WebService(destination);
            service.useProxy = true;
            service.channelSet = Test.channels(endpoint);
            service.loadWSDL(window.location.origin + "/feed/quotes.wsdl");
            return service;
        }
    }
}
