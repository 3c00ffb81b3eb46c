package
{
    import mx.messaging.ChannelSet;
    import mx.messaging.channels.AMFChannel;
    import mx.rpc.AsyncToken;
    import mx.rpc.Responder;
    import mx.rpc.events.FaultEvent;
    import mx.rpc.events.ResultEvent;
    import mx.rpc.remoting.RemoteObject;

    /** One case while it runs: the calls that wait for an answer, and what was wrong. **/
    public class Test
    {
        private static const PATIENCE:int = 20000;

        private const faults:Array = [];
        private var finished:Function;
        private var pending:int = 0;
        private var deadline:Number;

        public function Test(finished:Function)
        {
            this.finished = finished;
        }

        public function start(body:Function):void
        {
            deadline = setTimeout(function():void
            {
                faults.push("no answer within " + PATIENCE + " ms");
                finish();
            }, PATIENCE);
            // A case without a call would end before it began.
            pending++;
            guarded(body, this);
            answered();
        }

        /** A channel set as an application makes it from the address of its gateway. **/
        public static function channels(endpoint:String):ChannelSet
        {
            const set:ChannelSet = new ChannelSet();
            set.addChannel(new AMFChannel("my-amf", endpoint));
            return set;
        }

        public static function remote(destination:String, channels:ChannelSet):RemoteObject
        {
            const remote:RemoteObject = new RemoteObject(destination);
            remote.channelSet = channels;
            return remote;
        }

        /** A call that must be answered with a result. **/
        public function call(remote:RemoteObject, operation:String, arguments_:Array, onResult:Function):void
        {
            const name:String = remote.destination + "." + operation;
            wait(name, send(remote, operation, arguments_), onResult, null);
        }

        /** A call that must be answered with a fault; `onFault` is given it, and the message that brought it. **/
        public function fails(remote:RemoteObject, operation:String, arguments_:Array, onFault:Function):void
        {
            const name:String = remote.destination + "." + operation;
            wait(name, send(remote, operation, arguments_), null, onFault);
        }

        /** Waits for what a token of the framework will give; the function that is null must not be called. **/
        public function wait(name:String, token:AsyncToken, onResult:Function, onFault:Function):void
        {
            const outcome:Object = expect(name, onResult, onFault);
            token.addResponder(new Responder(
                function(event:ResultEvent):void { outcome.result(event.result); },
                function(event:FaultEvent):void { outcome.fault(event.fault, event.message); }
            ));
        }

        /** What to do with the outcome of something that this case now waits for: `result(it)`, `fault(it, message)`. **/
        public function expect(name:String, onResult:Function, onFault:Function):Object
        {
            pending++;
            return {
                result: function(result:Object):void
                {
                    if (onResult == null)
                    {
                        faults.push(name + ": no fault, but " + Show.value(result));
                    }
                    else
                    {
                        guarded(onResult, result);
                    }
                    answered();
                },
                fault: function(fault:Object, message:Object = null):void
                {
                    if (onFault == null)
                    {
                        faults.push(name + ": a fault came: " + fault.faultCode + ", " + fault.faultString + ", " + fault.faultDetail);
                    }
                    else
                    {
                        guarded(onFault, fault, message);
                    }
                    answered();
                }
            };
        }

        /** Compares by what `Show` makes of both. **/
        public function same(what:String, expected:Object, got:Object):void
        {
            const wanted:String = Show.value(expected);
            const shown:String = Show.value(got);
            if (wanted != shown)
            {
                faults.push(what + "\n  expected " + wanted + "\n  got      " + shown);
            }
        }

        public function holds(what:String, condition:Boolean):void
        {
            if (!condition)
            {
                faults.push(what);
            }
        }

        private static function send(remote:RemoteObject, operation:String, arguments_:Array):AsyncToken
        {
            return remote.getOperation(operation).send.apply(remote.getOperation(operation), arguments_);
        }

        private function guarded(action:Function, ...its):void
        {
            try
            {
                action.apply(null, its);
            }
            catch (error:Error)
            {
                faults.push("the case itself ended with " + error);
            }
        }

        private function answered():void
        {
            pending--;
            if (pending == 0)
            {
                finish();
            }
        }

        private function finish():void
        {
            if (finished == null)
            {
                return;
            }
            clearTimeout(deadline);
            const ended:Function = finished;
            finished = null;
            // The next case begins when the framework is done with this one's events.
            setTimeout(ended, 1, faults);
        }
    }
}
