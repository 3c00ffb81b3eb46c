package cases
{
    import model.Product;
    import mx.collections.ArrayCollection;
    import mx.messaging.messages.ErrorMessage;
    import mx.rpc.Fault;
    import mx.rpc.remoting.RemoteObject;

    /** Rows and typed objects of the sample inventory. **/
    public class InventoryCases
    {
        public static function add(suite:Suite, endpoint:String):void
        {
            const products:RemoteObject = Test.remote("samples.inventory.ProductService", Test.channels(endpoint));

            suite.add("rows are an ArrayCollection of the class with the alias", function(test:Test):void
            {
                test.call(products, "getProducts", [], function(rows:Object):void
                {
                    test.holds("an ArrayCollection, got " + Show.value(rows), rows is ArrayCollection);
                    test.holds("at least 2 rows", ArrayCollection(rows).length >= 2);
                    for each (var row:Object in ArrayCollection(rows).toArray())
                    {
                        test.holds("a Product, got " + Show.value(row), row is Product);
                        test.holds("its fields, got " + Show.value(row), row.id > 0 && row.name is String && row.addedAt is Date);
                    }
                });
            });

            suite.add("one row is an object of the class", function(test:Test):void
            {
                test.call(products, "getProduct", [1], function(product:Object):void
                {
                    test.holds("a Product, got " + Show.value(product), product is Product);
                    test.same("id", 1, product.id);
                });
            });

            suite.add("no row is null", function(test:Test):void
            {
                test.call(products, "getProduct", [-5], function(product:Object):void
                {
                    test.same("the answer", null, product);
                });
            });

            suite.add("an ArrayCollection is a list argument, and so is an Array", function(test:Test):void
            {
                for each (var ids:Object in [new ArrayCollection([1, 2]), [1, 2]])
                {
                    test.call(products, "findProducts", [ids], function(rows:ArrayCollection):void
                    {
                        const found:Array = rows.toArray().map(function(row:Product, ..._):int { return row.id; });
                        test.same("ids", [1, 2], found.sort());
                    });
                }
            });

            suite.add("a typed object is saved, read again, and removed", function(test:Test):void
            {
                const product:Product = new Product();
                product.name = "Royale kite";
                product.price = "12.50";
                product.category = "toys";
                test.call(products, "saveProduct", [product], function(saved:Product):void
                {
                    test.holds("an id", saved.id > 0);
                    test.same("name", "Royale kite", saved.name);
                    saved.name = "Royale kite, red";
                    test.call(products, "saveProduct", [saved], function(again:Product):void
                    {
                        test.same("the same row, a version later", [saved.id, saved.version + 1], [again.id, again.version]);
                        conflict(test, products, saved, again);
                    });
                });
            });

            suite.add("an argument of the wrong type reaches the fault handler", function(test:Test):void
            {
                test.fails(products, "getProduct", [{not: "a number"}], function(fault:Fault):void
                {
                    test.same("code", "Client.BadArguments", fault.faultCode);
                });
            });
        }

        /** Who saves an old version gets the row as it is now. **/
        private static function conflict(test:Test, products:RemoteObject, old:Product, now:Product):void
        {
            test.fails(products, "saveProduct", [old], function(fault:Fault, message:ErrorMessage):void
            {
                test.same("code", "Client.Conflict", fault.faultCode);
                test.same("the row as it is now", now, message.extendedData);
                test.call(products, "removeProduct", [now.id, now.version], function(_:Object):void {});
            });
        }
    }
}
