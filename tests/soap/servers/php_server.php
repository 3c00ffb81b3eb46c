<?php
// PHP's SoapServer: rpc/encoded at /encoded, with shared values, cycles, maps and anyType; rpc/literal at /literal; a session of
// PHP's own at /state.
// For the server that is built into PHP: php -S 127.0.0.1:PORT php_server.php

ini_set('soap.wsdl_cache_enabled', '0');

class Node {
    public $name;
    public $next;
}

class Encoded {
    public function echo($nodes) { return $nodes; }
    public function one($node) { return $node; }
    public function grid($grid) { return $grid; }
    public function map($map) { return $map; }
    public function any($value) { return $value; }

    /** A ring of so many nodes: the last one's next is the first. */
    public function ring($count) {
        $nodes = [];
        for ($at = 0; $at < $count; $at++) {
            $nodes[$at] = new Node();
            $nodes[$at]->name = "n$at";
        }
        foreach ($nodes as $at => $node) {
            $node->next = $nodes[($at + 1) % $count];
        }
        return $nodes[0];
    }

    /** Two of the same. */
    public function twins() {
        $node = new Node();
        $node->name = 'twin';
        return [$node, $node];
    }

    public function fail($code) {
        throw new SoapFault('Client.' . $code, "failed with $code", null, new SoapVar(['code' => $code], SOAP_ENC_OBJECT), 'Failure');
    }
}

class Literal {
    public function move($point, $by) {
        $point->x += $by;
        $point->y += $by;
        return $point;
    }
}

class State {
    public function count() {
        session_start();
        return $_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
    }
    public function told($header) {
        return $_SERVER['HTTP_' . strtoupper(strtr($header, '-', '_'))] ?? 'nothing';
    }
    public function who() {
        return isset($_SERVER['PHP_AUTH_USER']) ? "{$_SERVER['PHP_AUTH_USER']}:{$_SERVER['PHP_AUTH_PW']}" : 'nobody';
    }
}

$name = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
$classes = ['encoded' => Encoded::class, 'literal' => Literal::class, 'state' => State::class];
if (!isset($classes[$name])) {
    http_response_code(404);
    return;
}
$server = new SoapServer(__DIR__ . "/../project/wsdl/$name.wsdl", ['classmap' => ['Node' => Node::class]]);
$server->setClass($classes[$name]);
$server->handle();
