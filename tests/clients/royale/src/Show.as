package
{
    import mx.collections.ArrayCollection;
    import mx.collections.IList;
    import org.apache.royale.reflection.getQualifiedClassName;
    import org.apache.royale.utils.BinaryData;

    /** Values as text that shows types and classes; the same text means the same value. **/
    public class Show
    {
        public static function value(it:Object):String
        {
            if (it == null)
            {
                return "null";
            }
            if (it is String || it is Number || it is Boolean)
            {
                return JSON.stringify(it);
            }
            if (it is Date)
            {
                return "Date(" + (it as Date).getTime() + ")";
            }
            if (it is Array)
            {
                return "[" + (it as Array).map(item).join(", ") + "]";
            }
            if (it is ArrayCollection)
            {
                return "ArrayCollection" + value((it as ArrayCollection).toArray());
            }
            if (it is BinaryData)
            {
                return "BinaryData(" + (it as BinaryData).length + ")";
            }
            const members:Array = [];
            for (var name:String in it)
            {
                members.push(name);
            }
            members.sort();
            return getQualifiedClassName(it) + "{" + members.map(function(each:String, ..._):String
            {
                return each + ": " + value(it[each]);
            }).join(", ") + "}";
        }

        private static function item(it:Object, ..._):String
        {
            return value(it);
        }
    }
}
