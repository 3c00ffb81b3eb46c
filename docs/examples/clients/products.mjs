// node products.mjs [http://127.0.0.1:8080]; the same in a page, without `process`.
const address = process.argv[2] ?? "http://127.0.0.1:8080";
const response = await fetch(`${address}/api/samples.inventory.ProductService/getProducts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({}), // arguments by name, or a list of them
});
const answer = await response.json();
if (response.ok) {
    for (const product of answer) {
        console.log(`${product.name}, ${product.price}`);
    }
} else {
    console.log(`${answer.code}: ${answer.title}`);
}
