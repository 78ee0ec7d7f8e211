/* SPDX-License-Identifier: Apache-2.0 */
/* Whose answer is this: XNAT speaks through several layers, each with a page of its own, and balancers and login pages
 * answer in its place. Recognises the page and finds the words in it that are meant for a reader. Pure. */
#pragma once

#include <glib.h>

/** How much of an error's body is looked at, in bytes. */
#define XN_PAGE_MAX_SIZE (64 * 1024)

typedef enum {
    XN_PAGE_EMPTY,
    XN_PAGE_TEXT,         /**< no HTML */
    XN_PAGE_STATUS,       /**< XNAT's own status page (everything below /data) */
    XN_PAGE_TOMCAT,       /**< the servlet container's: security filters, or no XNAT deployed (yet) */
    XN_PAGE_NO_FILE,      /**< the same with words of XNAT's: it has no such file, in a resource that it let be read */
    XN_PAGE_XNAT,         /**< XNAT's error page for a failure that nobody caught */
    XN_PAGE_LOGIN,        /**< a login page: the session is lost */
    XN_PAGE_EXPIRED,      /**< the password has expired */
    XN_PAGE_INACTIVE,     /**< the account was disabled because nobody used it */
    XN_PAGE_UNCONFIGURED, /**< XNAT was never set up */
    XN_PAGE_WANTS_TLS,    /**< a web server's own, of a port for TLS that was asked in clear */
    XN_PAGE_OTHER,        /**< HTML of somebody else: a proxy or balancer */
    XN_PAGE_PACKED,       /**< anything, in an encoding that is not read here */
} XnPage;

/** Recognises a page. @content_type: (nullable); @body: @length bytes, nullable when 0 */
XnPage xn_page_kind (const char *content_type, const char *body, gsize length);

/** The page that a redirect leads to: LOGIN, EXPIRED, INACTIVE, UNCONFIGURED; EMPTY for any other target.
 *  @location: (nullable) the Location value or a path */
XnPage xn_page_of_location (const char *location);

/** Whether @page says that the account cannot be used (EXPIRED, INACTIVE, UNCONFIGURED). */
gboolean xn_page_is_account (XnPage page);

/** What such an account page (or LOGIN, or WANTS_TLS) means and what to do, as a sentence without a full stop. Static. */
const char *xn_page_meaning (XnPage page);

/**
 * The words for a reader in a body: one line of UTF-8, without tags, at most about 300 characters, and
 * without what may be a secret.
 * @secrets: (nullable) NULL-terminated, those that may have been echoed: of xn_secrets_of()
 * Returns: (transfer full) (nullable) NULL if there are none
 */
char *xn_page_words (XnPage page, const char *body, gsize length, const char *const *secrets);

/** Whether the server's words (nullable) say that a file is in the catalog, but not on the disk; else its catalog may as
 *  well know it by another name. */
gboolean xn_words_lack_file (const char *words);

/** Whether a Content-Type value (nullable) is that of HTML. */
gboolean xn_is_html (const char *content_type);
