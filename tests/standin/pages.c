/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of refusals and redirects in the shapes of the layers that make them. */
#include "app.h"

#include <string.h>

static const char *
tomcat_phrase (int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 413:
        return "Request Entity Too Large";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Temporarily Unavailable";
    case 504:
        return "Gateway Time-out";
    default:
        return "Internal Server Error";
    }
}

static const char *
restlet_phrase (int status)
{
    switch (status) {
    case 400:
        return "The request could not be understood by the server due to malformed syntax";
    case 401:
        return "The request requires user authentication";
    case 403:
        return "The server understood the request, but is refusing to fulfill it";
    case 404:
        return "The server has not found anything matching the request URI";
    case 405:
        return "The method specified in the request is not allowed for the resource identified by the request URI";
    case 406:
        return "The resource identified by the request is only capable of generating response entities which have "
               "content characteristics not acceptable according to the accept headers sent in the request";
    case 423:
        return "The source or destination resource of a method is locked";
    case 424:
        return "The method could not be performed on the resource because the requested action depended on another "
               "action and that action failed";
    default:
        return "The server encountered an unexpected condition which prevented it from fulfilling the request";
    }
}

void
page_status (Ctx *ctx, int status, const char *message)
{
    /* The message goes in as it is, unescaped. */
    g_autofree char *text =
        g_strdup_printf ("<html>\n<head>\n   <title>Status page</title>\n</head>\n<body>\n<h3>%s</h3><p>You can get "
                         "technical details <a href=\"http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html\">here"
                         "</a>.<br>\nPlease continue your visit at our <a href=\"/\">home page</a>.\n</p>\n</body>\n"
                         "</html>\n",
                         message ? message : restlet_phrase (status));

    reply_text (ctx->reply, status, "text/html", text);
}

void
page_thrown (Ctx *ctx)
{
    page_status (ctx, 500, "Cannot invoke \"org.nrg.xdat.om.XnatProjectdata.getId()\" because \"this.proj\" is null");
    ctx->thrown = TRUE;
}

void
page_tomcat (Ctx *ctx, int status, const char *message)
{
    const char *phrase = tomcat_phrase (status);
    g_autofree char *line =
        message ? g_strdup_printf ("<p><b>Message</b> %s</p>", xml_escape (message)) : g_strdup ("");
    g_autofree char *text = g_strdup_printf (
        "<!doctype html><html lang=\"en\"><head><title>HTTP Status %d – %s</title></head>"
        "<body><h1>HTTP Status %d – %s"
        "</h1><hr class=\"line\" /><p><b>Type</b> Status Report</p>%s<p><b>Description</b> The request was not carried "
        "out.</p><hr class=\"line\" /><h3>Apache Tomcat/9.0.70</h3></body></html>",
        status, phrase, status, phrase, line);

    reply_text (ctx->reply, status, "text/html;charset=utf-8", text);
}

void
page_error (Ctx *ctx)
{
    const char *method = ctx->req->method;

    /* The page itself takes no other methods. */
    if (strcmp (method, "GET") != 0 && strcmp (method, "HEAD") != 0 && strcmp (method, "POST") != 0) {
        reply_text (ctx->reply, 405, NULL, "");
        return;
    }
    reply_text (ctx->reply, 500, "text/html;charset=UTF-8",
                "<!DOCTYPE html>\n<html><head><title>XNAT</title></head><body><div class=\"errorDisplay\">An error has "
                "occurred.</div></body></html>\n");
    ctx->reply->close = TRUE;
}

void
page_proxy (Ctx *ctx, int status)
{
    g_autofree char *text =
        g_strdup_printf ("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s"
                         "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
                         status, tomcat_phrase (status), status, tomcat_phrase (status));

    reply_text (ctx->reply, status, "text/html", text);
}

void
page_html200 (Ctx *ctx)
{
    reply_text (
        ctx->reply, 200, "text/html",
        "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body>"
        "</html>\n");
}

void
page_login (Ctx *ctx)
{
    g_autofree char *text = g_strdup_printf (
        "<!DOCTYPE html>\n<!-- Login.vm -->\n<html><head><title>XNAT Login</title></head><body><form name=\"form1\" "
        "method=\"post\" action=\"%s/login\"><input name=\"username\"><input type=\"password\" "
        "name=\"password\"></form>"
        "</body></html>\n",
        app.settings.prefix);

    reply_text (ctx->reply, 200, "text/html;charset=UTF-8", text);
}

const char *
site_base (Ctx *ctx, gboolean own)
{
    const char *host = request_header (ctx->req, "Host");
    g_autofree char *made = NULL;

    if (!own && app.settings.site_url)
        return app.settings.site_url;
    made = host ? g_strdup_printf ("%s://%s%s", ctx->req->secure ? "https" : "http", host, app.settings.prefix)
                : g_strconcat (app.origin, app.settings.prefix, NULL);
    return request_strdup (ctx->req, made);
}

void
page_redirect (Ctx *ctx, int status, const char *target)
{
    reply_text (ctx->reply, status, NULL, "");
    reply_header (ctx->reply, "Location", target);
}
