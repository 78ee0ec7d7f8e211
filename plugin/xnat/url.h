/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of the plugin: parsing and printing. Pure: no network, no files. print (parse (x)) is stable. */
#pragma once

#include <glib.h>

/** The levels of an archive, from the top. */
typedef enum {
    XN_LEVEL_PROJECT,
    XN_LEVEL_SUBJECT,
    XN_LEVEL_EXPERIMENT,
    XN_LEVEL_SCAN,
    XN_LEVEL_ASSESSOR,
    XN_LEVEL_RECONSTRUCTION,
    XN_LEVEL_RESOURCE,
    XN_N_LEVELS,
} XnLevel;

/** "project", and "projects" as it stands in a URL. Static. */
const char *xn_level_name (XnLevel level);
const char *xn_level_plural (XnLevel level);

/** What a search may select by beside the levels. */
typedef enum {
    XN_ALSO_TYPE,        /**< xsi:type of the session */
    XN_ALSO_QUALITY,     /**< of the scan */
    XN_ALSO_DESCRIPTION, /**< the scan's series description */
    XN_N_ALSO,
} XnAlso;

/** "types" and so on, the variable of a search. Static. */
const char *xn_also_name (XnAlso also);

/** A server and how to reach it: what a session is keyed by. */
typedef struct {
    char *scheme; /**< (owned) as given, lower-case: xnat, xnat+http, xnat+https */
    gboolean tls;
    char *login; /**< (owned) (nullable) decoded */
    char *host;  /**< (owned) lower-case; an IPv6 address without brackets */
    guint port;  /**< effective: 80 or 443 where none was given */
    gboolean port_given;
    char *prefix; /**< (owned) "" or "/xnat", canonical encoding */
    gboolean verify;
} XnServer;

void xn_server_clear (XnServer *server);
XnServer xn_server_copy (const XnServer *server);
/** "https://host:8443/xnat": (transfer full) what request paths are appended to; the default port is left out. */
char *xn_server_base (const XnServer *server);

/** A parsed URL. Selectors are decoded. */
typedef struct {
    char *text; /**< (owned) as given */
    XnServer server;
    gboolean is_search;
    gboolean any_level;          /**< read by xn_url_parse_place(): may end above a resource */
    gboolean may_list;           /**< read by xn_url_parse_list(): may end in a level's name, which is then: */
    XnLevel listed;              /**< all of that level; XN_N_LEVELS: none of them in particular */
    char *selector[XN_N_LEVELS]; /**< (owned) (nullable) NULL: the level is not in the URL (search: everything) */
    gboolean regex;
    gboolean insecure_given, verify_given; /**< to be carried on to URLs made from this one */
    gboolean insecure;

    /* data URLs */
    gboolean has_files; /**< "/files" stands in the URL */
    char *path;         /**< (owned) (nullable) the file or directory inside the resource, no slash at its ends */
    gboolean path_is_directory; /**< it ended in '/', or nothing followed "/files/" */
    gboolean overwrite;
    char *type[XN_N_LEVELS]; /**< (owned) (nullable) xsi:type for creation; defaults filled in */

    /* searches */
    char *files;                   /**< (owned) (nullable) pattern of paths */
    char *also[XN_N_ALSO];         /**< (owned) (nullable) further selectors */
    char *date_from, *date_to;     /**< (owned) (nullable) YYYY-MM-DD: the session's first and last day */
    XnLevel id_level[XN_N_LEVELS]; /**< what `id` names, in order */
    guint n_id_levels;
    gboolean label;
} XnUrl;

/**
 * Parses a URL; warnings (an unknown option of a data URL, `xnat://`, verify=false) go to the log.
 * Returns: (transfer full) the URL, or NULL with an error of kind USAGE that says what is wrong and where.
 */
XnUrl *xn_url_parse (const char *text, GError **error);
/** The same for a URL that may end at any level, or name the server itself: HOST[/PREFIX], with or without /data[/archive]. */
XnUrl *xn_url_parse_place (const char *text, GError **error);
/** The same for a URL that may also end in the name of a level: all that is there at that level. */
XnUrl *xn_url_parse_list (const char *text, GError **error);
/** The lowest level that stands in a data URL; XN_N_LEVELS: none does, it is the server's. */
XnLevel xn_url_lowest_level (const XnUrl *url);

/** A data URL on the same server with the same scheme, login, `insecure` and `verify`, without any selector. */
XnUrl *xn_url_new_like (const XnUrl *url);

/** The canonical text of a data URL: (transfer full); @keep_regex: with regex=true if it is set. Other options than
 *  insecure, verify and regex are never printed, nor is a "/files" without a path. */
char *xn_url_print (const XnUrl *url, gboolean keep_regex);
/** Appends the same to @out. */
void xn_url_append (GString *out, const XnUrl *url, gboolean keep_regex);
/** The same, with regex, of the file at @path in the resource of @url: (transfer full). */
char *xn_url_print_file (const XnUrl *url, const char *path);
/** The same of @url down to @level: (transfer full). */
char *xn_url_print_level (const XnUrl *url, XnLevel level);

void xn_url_free (XnUrl *url);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnUrl, xn_url_free)

/** Percent-encodes one path segment: unreserved and sub-delims that XNAT reads raw stay, all else is encoded; '/' is
 *  encoded as well. (transfer full) */
char *xn_encode_segment (const char *segment);
/** The same for a path: '/' stays. */
char *xn_encode_path (const char *path);
/** For a query value (form encoding, space as %20). */
char *xn_encode_query (const char *value);
