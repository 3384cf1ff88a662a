/* Who may ask. The token proves that a client was told of the server; it comes in a cookie, in an Authorization header,
 * or, when a page is opened, in the address. Host is checked because a page of another site can have its own name lead
 * to this machine (DNS rebinding): names other than "localhost" and those that were told are refused, addresses in
 * digits cannot be rebound. Origin is checked because browsers send cookies along with what other sites ask for; the
 * cookie is SameSite=Strict besides. */
#include "web/web_private.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* In a time that depends on the length of what was sent alone. */
static bool same_token(const char *token, const char *sent, size_t length)
{
    size_t n = strlen(token);
    unsigned different = length != n;
    for (size_t i = 0; i < length; i++)
        different |= (unsigned)(unsigned char)sent[i] ^ (unsigned)(unsigned char)token[i % n];
    return different == 0;
}

static bool is_token(const kin_web *web, const char *sent)
{
    return sent && same_token(web->token, sent, strlen(sent));
}

static bool has_token(const kin_web *web, struct MHD_Connection *connection)
{
    static const char scheme[] = "Bearer ";
    const char *authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    if (authorization)
        return strncasecmp(authorization, scheme, sizeof scheme - 1) == 0 &&
               is_token(web, authorization + sizeof scheme - 1);
    return is_token(web, MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, web->cookie));
}

/* Splits "name", "name:port", "[address]:port". False where it is none of these. */
static bool read_host(const char *host, char name[256])
{
    bool bracket = host[0] == '[';
    size_t length = bracket ? strcspn(++host, "]") : strcspn(host, ":");
    const char *rest = host + length;
    if (length == 0 || length > 255 || (bracket && *rest++ != ']'))
        return false;
    if (*rest == ':') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (digits == 0 || digits > 5)
            return false;
        rest += 1 + digits;
    }
    memcpy(name, host, length);
    name[length] = '\0';
    return *rest == '\0';
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_our_host(const kin_web *web, const char *host)
{
    char name[256];
    if (!host || !read_host(host, name))
        return false;
    if (strcasecmp(name, "localhost") == 0 || is_address(name))
        return true;
    for (size_t i = 0; i < web->options->hosts_count; i++)
        if (strcasecmp(name, web->options->hosts[i]) == 0)
            return true;
    return false;
}

/* Both names of the scheme: a proxy in front may speak TLS. */
static bool is_our_origin(const char *origin, const char *host)
{
    const char *name = strncmp(origin, "http://", 7) == 0    ? origin + 7
                       : strncmp(origin, "https://", 8) == 0 ? origin + 8
                                                             : "";
    return strcasecmp(name, host) == 0;
}

static bool comes_from_elsewhere(struct MHD_Connection *connection, const char *method, const char *host, bool opens)
{
    const char *origin = header(connection, "Origin"), *site = header(connection, "Sec-Fetch-Site");
    bool writes = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
    if (origin && !is_our_origin(origin, host))
        return true;
    bool ours = !site || strcmp(site, "same-origin") == 0 || (strcmp(site, "none") == 0 && !writes);
    return !ours && !opens;
}

int kin_web_allow(const kin_web *web, struct MHD_Connection *connection, const char *method, bool opens,
                  bool *sets_cookie, unsigned *status, kin_error *err)
{
    const char *host = header(connection, MHD_HTTP_HEADER_HOST);
    *status = MHD_HTTP_FORBIDDEN;
    if (!is_our_host(web, host))
        return kin_fail(err, KIN_E_USAGE,
                        "the server is not known by this name; open the address that kin serve printed, or start it "
                        "with --host NAME");
    if (comes_from_elsewhere(connection, method, host, opens))
        return kin_fail(err, KIN_E_USAGE, "pages of other sites may not ask this server");
    const char *given = opens ? MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token") : NULL;
    if (given && is_token(web, given)) {
        *sets_cookie = true;
        return KIN_OK;
    }
    if (!given && has_token(web, connection))
        return KIN_OK;
    *status = MHD_HTTP_UNAUTHORIZED;
    return kin_fail(err, KIN_E_USAGE, "open the address that kin serve printed: it has the token in it");
}
