/* gSOAP as a server: MTOM, WS-Security, WS-Addressing, HTTP Basic and Digest, certificates of TLS; all judged by its own plugins.

   server [KEY] [CA]: with CA alone, every envelope must be signed by whom CA trusts; with KEY, a key and its certificate in one
   file, it speaks TLS, and wants certificates that CA signed. Says `listening on http://...`. */

#include <stdbool.h>

#include "soapH.h"
#include "vault.nsmap"
#include "httpda.h"
#include "wsaapi.h"
#include "wsseapi.h"

static const char *const USER = "ann", *const PASSWORD = "open sesame", *const REALM = "vault";

static int refuse(struct soap *soap, const char *why)
{
  soap_wsse_delete_Security(soap);
  return soap_sender_fault(soap, why, NULL);
}

/* Nothing that came as a header goes back. */
static int welcome(struct soap *soap)
{
  soap_wsse_delete_Security(soap);
  return SOAP_OK;
}

static char *subject(struct soap *soap, X509 *certificate)
{
  char name[256];
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return soap_strdup(soap, name);
}

int v__turn(struct soap *soap, char *name, _xop__Include data, struct v__turnResponse *result)
{
  int at;
  (void)name;
  result->attached = data.id != NULL;
  result->length = data.__size;
  result->data = data;
  result->data.id = NULL;
  result->data.type = "application/octet-stream";
  result->data.__ptr = soap_malloc(soap, (size_t)data.__size + 1);
  for (at = 0; at < data.__size; at++)
    result->data.__ptr[at] = data.__ptr[data.__size - 1 - at];
  return SOAP_OK;
}

int v__token(struct soap *soap, char *word, struct v__whoResponse *result)
{
  const char *name = soap_wsse_get_Username(soap);
  struct _wsse__UsernameToken *token = soap_wsse_UsernameToken(soap, NULL);
  (void)word;
  if (!name || strcmp(name, USER) || soap_wsse_verify_Password(soap, PASSWORD))
    return refuse(soap, "no such user, or another password");
  result->name = soap_strdup(soap, name);
  result->how = token->Password->Type && strstr(token->Password->Type, "#PasswordDigest") ? "digest" : "text";
  if (soap_wsse_Timestamp(soap))
  {
    if (soap_wsse_verify_Timestamp(soap))
      return refuse(soap, "its time is over");
    result->how = strcmp(result->how, "text") ? "digest+timestamp" : "text+timestamp";
  }
  return welcome(soap);
}

int v__signer(struct soap *soap, char *word, struct v__whoResponse *result)
{
  X509 *certificate;
  if (soap_wsse_verify_body(soap))
    return refuse(soap, "the body is not signed");
  certificate = soap_wsse_get_KeyInfo_SecurityTokenReferenceX509(soap);
  if (!certificate)
    return refuse(soap, "no certificate");
  result->name = subject(soap, certificate);
  result->how = soap_strdup(soap, word);
  X509_free(certificate);
  return welcome(soap);
}

int v__basic(struct soap *soap, char *word, struct v__whoResponse *result)
{
  (void)word;
  if (!soap->userid || !soap->passwd || strcmp(soap->userid, USER) || strcmp(soap->passwd, PASSWORD))
  {
    soap->authrealm = REALM;
    return 401;
  }
  result->name = soap_strdup(soap, soap->userid);
  result->how = "basic";
  return SOAP_OK;
}

int v__digest(struct soap *soap, char *word, struct v__whoResponse *result)
{
  (void)word;
  if (soap->authrealm && soap->userid && !strcmp(soap->authrealm, REALM) && !strcmp(soap->userid, USER)
   && !http_da_verify_post(soap, PASSWORD))
  {
    result->name = soap_strdup(soap, soap->userid);
    result->how = "digest";
    return SOAP_OK;
  }
  soap->authrealm = REALM;
  return 401;
}

int v__certificate(struct soap *soap, char *word, struct v__whoResponse *result)
{
  X509 *certificate = soap->ssl ? SSL_get_peer_certificate(soap->ssl) : NULL;
  (void)word;
  if (!certificate)
    return refuse(soap, "no certificate");
  result->name = subject(soap, certificate);
  result->how = "tls";
  X509_free(certificate);
  return SOAP_OK;
}

int v__addressed(struct soap *soap, char *word, struct v__addressedResponse *result)
{
  (void)word;
  if (soap_wsa_check(soap))
    return soap->error;
  result->action = soap_strdup(soap, soap->header->wsa5__Action);
  result->to = soap_strdup(soap, soap->header->wsa5__To);
  result->message = soap_strdup(soap, soap->header->wsa5__MessageID);
  return soap_wsa_reply(soap, NULL, "urn:tests:vault/addressedResponse");
}

int SOAP_ENV__Fault(struct soap *soap, char *faultcode, char *faultstring, char *faultactor, struct SOAP_ENV__Detail *detail,
  struct SOAP_ENV__Code *code, struct SOAP_ENV__Reason *reason, char *node, char *role, struct SOAP_ENV__Detail *more)
{
  (void)faultcode, (void)faultstring, (void)faultactor, (void)detail, (void)code, (void)reason, (void)node, (void)role, (void)more;
  return soap->error = SOAP_NO_METHOD;
}

int main(int count, char **words)
{
  int signatures = count == 2, secure = count == 3;
  SOAP_SOCKET listening;
  struct sockaddr_in place;
  socklen_t size = sizeof place;
  struct soap *soap = soap_new1(SOAP_ENC_MTOM);
  soap->bind_flags = SO_REUSEADDR;
  soap->recv_timeout = soap->send_timeout = 10;
  soap->cafile = signatures ? words[1] : NULL;
  soap_register_plugin(soap, http_da);
  soap_register_plugin(soap, soap_wsa);
  soap_register_plugin(soap, soap_wsse);
  if (secure && soap_ssl_server_context(soap, SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_SSL_REQUIRE_CLIENT_AUTHENTICATION,
      words[1], NULL, words[2], NULL, NULL, NULL, NULL))
  {
    soap_print_fault(soap, stderr);
    return 1;
  }
  listening = soap_bind(soap, "127.0.0.1", 0, 20);
  if (!soap_valid_socket(listening))
  {
    soap_print_fault(soap, stderr);
    return 1;
  }
  getsockname(listening, (struct sockaddr *)&place, &size);
  printf("listening on http://127.0.0.1:%d\n", ntohs(place.sin_port));
  fflush(stdout);
  for (;;)
  {
    if (!soap_valid_socket(soap_accept(soap)))
      continue;
    if (!secure || soap_ssl_accept(soap) == SOAP_OK)
    {
      if (signatures)
        soap_wsse_verify_auto(soap, SOAP_SMD_NONE, NULL, 0);
      if (soap_serve(soap))
        soap_print_fault(soap, stderr);
    }
    else
      soap_print_fault(soap, stderr);
    soap_destroy(soap);
    soap_end(soap);
  }
}
