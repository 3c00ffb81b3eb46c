"""pip install Py3AMF; python products.py [http://127.0.0.1:8080]"""

import sys

import pyamf
from pyamf import remoting
from pyamf.remoting.client import RemotingService


class Product:
    pass


pyamf.register_class(Product, "samples.inventory.Product")

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
client = RemotingService(f"{address}/gateway", amf_version=pyamf.AMF3)
answer = client.execute_single(client.addRequest("samples.inventory.ProductService.getProducts"))
if answer.status == remoting.STATUS_OK:
    for product in answer.body:
        print(f"{product.name}, {product.price}")
else:
    print(f"{answer.body.code}: {answer.body.description}")
