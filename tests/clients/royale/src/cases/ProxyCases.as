package cases
{
    import mx.messaging.messages.AbstractMessage;
    import mx.messaging.messages.ErrorMessage;
    import mx.rpc.Fault;
    import mx.rpc.http.HTTPService;

    /** `HTTPService` with `useProxy`: the gateway makes the request, and the page's server answers it. **/
    public class ProxyCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            const origin:String = window.location.origin;

            suite.add("a request goes through a destination", function(test:Test):void
            {
                const service:HTTPService = proxied(endpoint, "newsFeed");
                service.url = origin + "/feed/today.xml";
                test.wait("send", service.send(), function(result:Object):void
                {
                    test.holds("the feed, got " + result, String(result).indexOf("\u00dcnder the bridge") > 0);
                }, null);
            });

            suite.add("a request goes through the destination of those that name none", function(test:Test):void
            {
                const service:HTTPService = proxied(endpoint, null);
                service.useProxy = true;
                service.url = origin + "/feed/today.xml";
                test.wait("send", service.send({edition: "evening"}), function(result:Object):void
                {
                    test.holds("the feed, got " + result, String(result).indexOf("<feed>") == 0);
                }, null);
            });

            suite.add("what the server refuses is a fault with its status", function(test:Test):void
            {
                const service:HTTPService = proxied(endpoint, "newsFeed");
                service.url = origin + "/feed/yesterday.xml";
                test.wait("send", service.send(), null, function(fault:Fault, message:ErrorMessage):void
                {
                    test.same("code", "Server.Proxy.Request.Failed", fault.faultCode);
                    test.same("status", 404, message.headers[AbstractMessage.STATUS_CODE_HEADER]);
                });
            });

            suite.add("what nothing allows is a fault", function(test:Test):void
            {
                const service:HTTPService = proxied(endpoint, "newsFeed");
                service.url = origin + "/";
                test.wait("send", service.send(), null, function(fault:Fault):void
                {
                    test.same("code", "Server.Proxy.Request.Failed", fault.faultCode);
                });
            });
        }

        private static function proxied(endpoint:String, destination:String):HTTPService
        {
            const service:HTTPService = new HTTPService(null, destination);
            service.channelSet = Test.channels(endpoint);
            service.resultFormat = HTTPService.RESULT_FORMAT_TEXT;
            return service;
        }
    }
}
