package model
{
    /** What the mapping calls samples.inventory.Product. `id` cannot be null here: 0 is a product that is not saved yet. **/
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
