/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file app.h
 * What the parts of the stand-in share: its settings, its users and sessions, and the context of one request.
 */
#pragma once

#include "http.h"
#include "model.h"

/** The switches; all can be set at run time. Numbers are read without a lock, texts are interned. */
typedef struct Settings {
    const char *prefix;       /**< context path, "" or "/xnat" */
    const char *site_url;     /**< what the site believes to be its address; NULL: what the client used */
    const char *sticky;       /**< name of an extra cookie that must come back, NULL: none */
    const char *jvm_route;    /**< a short name that stands behind each session's ID, NULL: none */
    const char *bulk;         /**< the joined query: "true", "false" (500), "504", "missing-key" or "no-numbers" */
    const char *https_port;   /**< NULL, or requests in clear are redirected: to this port, or "loop": to themselves */
    gint version;             /**< 7, 8 or 9, for 1.7 to 1.9 */
    gint require_login;       /**< closed site */
    gint session_timeout;     /**< seconds */
    gint max_sessions;        /**< of one user */
    gint max_failed;          /**< logins before the lock */
    gint checksums;           /**< digests are kept */
    gint ranges;              /**< one range of a single file is answered */
    gint secure_cookies;      /**< Secure on JSESSIONID */
    gint plain_expiration;    /**< SESSION_EXPIRATION_TIME as 1.10 writes it */
    gint configured;          /**< FALSE: a site that nobody has set up */
    gint paging;              /**< limit and offset are known; follows the version unless set */
    gint latency_ms;          /**< before the first byte, each request */
    gint login_ms;            /**< judging a password, a wrong one too */
    gint write_ms;            /**< each change of the archive */
    gint catalog_us_per_file; /**< parsing the catalog, each time something of it is asked for */
    gint list_us_per_file;    /**< a row in a list of files, besides */
    gint archive_us_per_file; /**< finding a file for an archive, besides, before the first byte */
    gint bulk_ms;             /**< a query of sessions, whatever it finds */
    gint bulk_us_per_row;     /**< making a table out of a query */
    gint bulk_us_per_number;  /**< a row that has numbers, counts or sizes of resources, besides */
    gint disk_mb_per_s;       /**< reading again for checksums; 0: as fast as it goes, here and below */
    gint archive_mb_per_s;    /**< packing files as they are */
    gint deflate_mb_per_s;    /**< packing them with compression */
    gint connection_mb_per_s; /**< what goes out on one connection, whatever it is; others have as much each */
    gint keep_alive_ms;       /**< how long a connection waits for its next request */
    gint create_race_ms;      /**< between looking for a resource and making it */
    gint shuffle;             /**< rows come in another order each time */
} Settings;

typedef enum UserState { USER_OK, USER_EXPIRED, USER_INACTIVE, USER_LOCKED, USER_DISABLED } UserState;

typedef struct User {
    const char *name;
    const char *password;
    UserState state;
    gboolean admin;
    guint failures;
} User;

/** A login, or a guest's. Changed under the lock of auth.c only. */
typedef struct Session {
    char id[40];
    const User *user;    /**< NULL: guest */
    gboolean registered; /**< counts towards the limit */
    gboolean refused;    /**< over the limit: counted, of no use */
    gboolean kicked;     /**< ended by an administrator */
    UserState state;     /**< the account's, as it was at login */
    gint64 touched;      /**< start of the last request, seconds of the clock */
    gint64 timeout;
} Session;

typedef struct App {
    Settings settings;
    Archive *archive;
    guint16 port;
    const char *origin; /**< http://127.0.0.1:PORT */
    gboolean tls;
} App;

/** One request being answered. */
typedef struct Ctx {
    Archive *archive;
    Request *req;
    Reply *reply;
    const User *user; /**< NULL: guest */
    char session[40]; /**< the session's ID, "" without */
    gboolean new_session;
    gboolean thrown;       /**< an exception came before anything could answer */
    const char *auth_kind; /**< for the log */
    const char *path;      /**< after the context path */
    guint zip_members;     /**< a fault: so many members and no more; 0: all */
    gint64 shift_range;    /**< a fault: a part begins so many bytes before the one that was asked for */
    gint64 false_range;    /**< a fault: it does, and says that it does not */
    gboolean no_total;     /**< a fault: a part does not tell of how many bytes it is one */
    gboolean lose_result;  /**< a fault: do the work, answer 504 */
    gint64 work_us;        /**< simulated work, waited for before the answer is sent */
} Ctx;

/** The one stand-in of the process. */
extern App app;

/* settings.c */

/** Sets one switch by its option's name. @return FALSE for an unknown name or a bad value. */
gboolean settings_set (Settings *settings, const char *name, const char *value);
/** Puts all switches to what a stock site of the middle version has. */
void settings_init (Settings *settings);

/* auth.c */

/** Makes the tables of sessions and users. Once, before the first request. */
void auth_init (void);
/** The idle clock, in seconds; it can be put forward. */
gint64 clock_now (void);
/** Puts the idle clock forward. */
void clock_advance (gint64 seconds);
/** Notes by what a request wants to prove who it is from, for the log. */
void auth_note (Ctx *ctx);
/** Judges who asks. @return FALSE when the request is answered already (refused, redirected). */
gboolean auth_check (Ctx *ctx);
/** Adds the cookies of the answer. */
void auth_cookies (Ctx *ctx);
/** Checks a name and a password, books failures. @return the user, or NULL. */
const User *auth_login (const char *name, const char *password);
/** Makes a session. @param registered counted in the limit. @return its ID in @p id. */
void session_new (Ctx *ctx, const User *user, gboolean registered);
/** Ends a session; no session of that ID is no error. */
void session_end (const char *id);
/**
 * Loses the registered sessions of a user, or (NULL) all there are. @param kicked they stay known as ended by an
 * administrator instead.
 */
void sessions_expire (const char *user, gboolean kicked);
/** @return how many registered sessions a user has, refused ones included; NULL: all users together. */
guint sessions_count (const char *user);
/** All live sessions as JSON. @return owned by the caller. */
char *sessions_json (void);
/** @return the user of that name, or NULL. */
const User *user_find (const char *name);
/** Makes or changes a user. NULLs leave things as they are. @return FALSE for an unknown state. */
gboolean user_set (const char *name, const char *password, const char *state, const char *admin);
/** All users with their failures and states as JSON. @return owned by the caller. */
char *users_json (void);
/** Makes an alias token. @return it as JSON, owned by the caller. */
char *token_issue (const User *user);
/** @return the owner of an alias token, NULL when the pair is none. */
const User *token_valid (const char *alias, const char *secret);
/** Takes an alias token away. @return whether there was one. */
gboolean token_invalidate (const char *alias, const char *secret);
/** A user's alias tokens as JSON. @return owned by the caller. */
char *tokens_json (const User *user);
/** Answers with the challenge that a missing login gets. */
void reply_unauthorized (Ctx *ctx);

/* rights.c */

/** Whether the project is listed for somebody; NULL users are guests, here and below. */
gboolean may_see (const User *user, const Node *project);
/** Whether somebody may read a project's data. */
gboolean may_read (const User *user, const Node *project);
/** Whether somebody may create and upload in a project. */
gboolean may_edit (const User *user, const Node *project);
/** Whether somebody may delete in a project. */
gboolean may_delete (const User *user, const Node *project);
/** Whether somebody has any role in a project; being an administrator is none. */
gboolean is_member (const User *user, const Node *project);
/** Read right on an object through its own project or one that it is shared into. */
gboolean may_read_node (const User *user, const Node *node);
/** Whether somebody may change an object: the right in its owning project. */
gboolean may_edit_node (const User *user, const Node *node);

/* pages.c: bodies of errors, as the various layers make them */

/** XNAT's status page. @param message goes in unescaped; NULL: the generic sentence of the code. */
void page_status (Ctx *ctx, int status, const char *message);
/** The status page of an exception that came before anything could answer: 500, and not what every answer says. */
void page_thrown (Ctx *ctx);
/** The servlet container's page. @param message is escaped; NULL: none. */
void page_tomcat (Ctx *ctx, int status, const char *message);
/** The web application's own error page: 500, and the end of the connection; 405 where the method is not for pages. */
void page_error (Ctx *ctx);
/** A proxy's page. */
void page_proxy (Ctx *ctx, int status);
/** A maintenance page with status 200. */
void page_html200 (Ctx *ctx);
/** The login page, with status 200. */
void page_login (Ctx *ctx);
/** An empty answer that points elsewhere. */
void page_redirect (Ctx *ctx, int status, const char *target);
/** The address under which the site believes to be reached, with the context path; owned by the request. */
const char *site_base (Ctx *ctx, gboolean own);

/* ranges.c */

/** Cuts the one range that is asked for out of a file's answer; refuses what the server's filter cannot do. */
void range_filter (Ctx *ctx);

/* log.c */

/** Starts the log. @param file also written there, a line each request; NULL: memory only. */
void log_open (const char *file);
/** A request has begun to be answered; it is logged when that is over. */
void log_begin (void);
/** The request is over: its line is written. */
void log_end (const Ctx *ctx, int status);
/** The log as JSON, once the requests under way are over or have had their time. @return owned by the caller. */
char *log_json (void);
/** Forgets what was logged so far (not the file). */
void log_clear (void);

/* faults.c */

/** Adds a fault from JSON. @return NULL, or what is wrong with it (static). */
const char *fault_add (const char *json);
/** Takes all faults back, a restart too. */
void fault_clear (void);
/** Applies what is due for a request. @return FALSE when it is answered already. */
gboolean fault_apply (Ctx *ctx);
/** All sessions are lost, and for so long only the container's 404 answers. */
void fault_restart (guint seconds);
/** @return JSON: how many requests are held back, and how many each fault met; owned by the caller. */
char *fault_json (void);
/** Lets all requests go on that are held back. */
void fault_let_go (void);

/* control.c: the tests' own interface */

/** Answers what is under /_standin. @return FALSE when the path is another. */
gboolean control_handle (Ctx *ctx);

/* routes.c */

/** Registers the routes of the version. Once, before the first request. */
void routes_init (void);
/** Answers a request on /data or /REST. */
void data_handle (Ctx *ctx, const char *path);
/** The services outside the archive; @return FALSE when the path is none of them. */
gboolean services_handle (Ctx *ctx, const char *path);
/** Answers a request on /xapi. */
void xapi_handle (Ctx *ctx, const char *path);

/* json.c */

/** Appends a JSON string. */
void json_string (GString *out, const char *text);
/** Appends `"name":"value"`, after a comma when something other than a bracket stands before. */
void json_member (GString *out, const char *name, const char *value);
/** The same with a number. */
void json_member_int (GString *out, const char *name, gint64 value);

/** A boolean of a query: any value but `false` and `0` is true. */
gboolean flag_param (const Request *req, const char *name, gboolean otherwise);
/** @return a parameter as it is kept, escaped as XML; NULL when it is empty or absent. */
const char *param_text (const Ctx *ctx, const char *name);
/** Escapes as XML; interned. */
const char *xml_escape (const char *text);
