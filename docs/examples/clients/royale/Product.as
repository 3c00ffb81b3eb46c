package
{
    [RemoteClass(alias="samples.inventory.Product")]
    public class Product
    {
        public var id:int;
        public var name:String;
        public var price:String;
        public var category:String;
        public var addedAt:Date;
        public var version:int;
    }
}
