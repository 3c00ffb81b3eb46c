package cases
{
    import mx.messaging.Consumer;
    import mx.messaging.events.MessageEvent;
    import mx.messaging.events.MessageFaultEvent;

    /** `Consumer`: there is nothing to subscribe to, and it is told so. **/
    public class ConsumerCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            suite.add("a subscription is a fault that says so", function(test:Test):void
            {
                const outcome:Object = test.expect("subscribe", null, function(fault:Object):void
                {
                    test.same("code", "Server.ResourceNotFound", fault.faultCode);
                });
                const consumer:Consumer = new Consumer();
                consumer.destination = "feed";
                consumer.channelSet = Test.channels(endpoint);
                consumer.resubscribeAttempts = 0;
                consumer.addEventListener(MessageFaultEvent.FAULT, function(event:MessageFaultEvent):void
                {
                    outcome.fault(event);
                });
                consumer.addEventListener(MessageEvent.MESSAGE, function(event:MessageEvent):void
                {
                    outcome.result(event);
                });
                consumer.subscribe();
            });
        }
    }
}
