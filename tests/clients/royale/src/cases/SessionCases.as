package cases
{
    import mx.collections.ArrayCollection;
    import mx.messaging.ChannelSet;
    import mx.rpc.remoting.RemoteObject;

    /** Sessions. Across origins no cookie goes with the calls: the DSId alone says whose they are. **/
    public class SessionCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            suite.add("what is remembered is there at the next call, also of another remote object", function(test:Test):void
            {
                const channels:ChannelSet = Test.channels(endpoint);
                test.call(Test.remote("club.Account", channels), "paint", ["red"], function(_:Object):void
                {
                    test.call(Test.remote("club.Account", channels), "colour", [], function(colour:Object):void
                    {
                        test.same("colour", "red", colour);
                    });
                });
            });

            suite.add("a list that comes by pages to others comes whole", function(test:Test):void
            {
                const songs:RemoteObject = Test.remote("club.Songs", Test.channels(endpoint));
                songs.setCredentials("ben", "neb");
                test.call(songs, "all", [], function(rows:ArrayCollection):void
                {
                    test.same("length and last row", [130, "Song 130"], [rows.length, rows.getItemAt(129).title]);
                    test.wait("logout", songs.channelSet.logout(), function(_:Object):void {}, null);
                });
            });
        }
    }
}
