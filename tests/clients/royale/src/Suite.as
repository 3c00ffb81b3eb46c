package
{
    /** The cases, run one after another. **/
    public class Suite
    {
        private const names:Array = [];
        private const bodies:Array = [];

        /** Adds a case: a function of its `Test`. It ends when all calls that it began have been answered. **/
        public function add(name:String, body:Function):void
        {
            names.push(name);
            bodies.push(body);
        }

        public function run():void
        {
            next(0);
        }

        private function next(index:int):void
        {
            if (index == names.length)
            {
                report({end: true, count: names.length});
                return;
            }
            new Test(function(faults:Array):void
            {
                report({name: names[index], faults: faults});
                next(index + 1);
            }).start(bodies[index]);
        }

        private function report(line:Object):void
        {
            window["report"](JSON.stringify(line));
        }
    }
}
