<?php
// What PHP's SoapClient would send: php php_request.php WSDL OPERATION ARGS.json
// The arguments are canonical JSON; `$id` and `$ref` share a value.

class Recorder extends SoapClient {
    public string $sent = '';
    public function __doRequest($request, $location, $action, $version, $oneWay = false): ?string {
        $this->sent = $request;
        return '';
    }
}

$known = [];
function value($data) {
    global $known;
    if (is_array($data)) {
        return array_map('value', $data);
    }
    if (!is_object($data)) {
        return $data;
    }
    if (isset($data->{'$ref'})) {
        return $known[$data->{'$ref'}];
    }
    if (isset($data->{'$date'})) {
        return $data->{'$date'};
    }
    $made = new stdClass();
    if (isset($data->{'$id'})) {
        $known[$data->{'$id'}] = $made;
    }
    foreach ($data as $name => $member) {
        if ($name[0] !== '$') {
            $made->$name = value($member);
        }
    }
    return $made;
}

[, $wsdl, $operation, $file] = $argv;
$client = new Recorder($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE]);
try {
    $client->__soapCall($operation, array_map('value', json_decode(file_get_contents($file))));
} catch (SoapFault $fault) {
    if ($client->sent === '') {
        fwrite(STDERR, $fault->getMessage());
        exit(1);
    }
}
echo $client->sent;
