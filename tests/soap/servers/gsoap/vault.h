// What soapcpp2 makes a service and its WSDL of: document/literal, attachments by MTOM, security as the WSSE plugin has it.
#import "xop.h"
#import "wsse.h"
#import "wsa5.h"

//gsoap v service name: vault
//gsoap v service type: VaultPort
//gsoap v service port: http://gsoap.test/vault
//gsoap v service namespace: urn:tests:vault
//gsoap v service style: document
//gsoap v service encoding: literal
//gsoap v schema elementForm: qualified

// What is given back is what came, backwards; `attached` is whether it came beside the envelope.
struct v__turnResponse
{ bool attached;
  int length;
  _xop__Include data;
};
//gsoap v service method-action: turn urn:tests:vault/turn
int v__turn(char *name, _xop__Include data, struct v__turnResponse *result);

struct v__whoResponse
{ char *name;
  char *how;
};
// The user of a UsernameToken: `text` or `digest`, with `+timestamp` where one that is still good came too.
//gsoap v service method-action: token urn:tests:vault/token
int v__token(char *word, struct v__whoResponse *result);

// The subject of the certificate that signed the body.
//gsoap v service method-action: signer urn:tests:vault/signer
int v__signer(char *word, struct v__whoResponse *result);

// The user of HTTP, by Basic and by Digest.
//gsoap v service method-action: basic urn:tests:vault/basic
int v__basic(char *word, struct v__whoResponse *result);
//gsoap v service method-action: digest urn:tests:vault/digest
int v__digest(char *word, struct v__whoResponse *result);

// The client's certificate of TLS.
//gsoap v service method-action: certificate urn:tests:vault/certificate
int v__certificate(char *word, struct v__whoResponse *result);

struct v__addressedResponse
{ char *action;
  char *to;
  char *message;
};
// WS-Addressing, as its plugin checked it.
//gsoap v service method-action: addressed urn:tests:vault/addressed
int v__addressed(char *word, struct v__addressedResponse *result);
