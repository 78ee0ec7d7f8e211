/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ioplugin.h
 * The contract between a program (the host) and a storage plugin: plain C11, usable from C++ and from any language
 * with a C foreign function interface. A plugin moves files between local paths and URLs of the schemes that it names.
 *
 * Entry. A plugin is a shared object with exactly one exported function, `ioplugin_entry`. It takes the host's table
 * (or NULL) and returns the plugin's table, a constant that lives as long as the module. It starts nothing: no thread,
 * no network, no file. A host may load a plugin merely to list it. Several hosts may share a process (a library and a
 * program that both load the plugin): each gets a table of its own, and what is called through it logs to that host and
 * asks that host for settings. A table that was handed in before gives the same one again. Sessions are shared.
 *
 * Versions. Both tables begin with the same three fields: ABI major, ABI minor, size. The major must be equal. Within
 * a major, tables grow only at their tail, and each side copies the other's table into a zeroed one of its own size
 * (the smaller of both lengths): a member that the other side does not know is NULL, a longer tail is ignored.
 *
 * Ownership. Strings that go in are borrowed for the call. What comes out (IOResult) belongs to the plugin and is given
 * back with the plugin's own `free_result`, from any thread. Neither side calls free() on the other's memory.
 *
 * Threads. Every function of the plugin's table may be called from any thread, and several at a time. The host's `log`
 * and `setting` may be called from any thread; `progress` and `cancelled` of an IOCall only while the operation that
 * got them runs: `progress` on the thread that called the operation, `cancelled` on any thread.
 *
 * Texts are UTF-8, but for local paths, which are the bytes of the file system. URLs are plain ASCII or UTF-8.
 *
 * Good guests. A plugin never ends, aborts or forks the host, installs no signal handler, writes nothing to standard
 * output or error, and leaves locale, umask, environment and working directory alone. After fork() the child may use the
 * plugin, with connections and sessions of its own, if no operation was running in the parent at that moment, on any
 * thread; else it may only exec or _exit, as with any library that has threads and locks.
 */
#ifndef IOPLUGIN_H
#define IOPLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Changed when an old host and a new plugin can no longer work together; they then refuse each other. */
#define IOPLUGIN_ABI_MAJOR 1u
/** Raised by one when members are appended to a table. 1: stat, list, remove, check, read and fetch of many; the stop flag
 *  and the settings of a call. 2: what a progress report tells of kept and replaced files, and of waiting; expand item by
 *  item; plans of a fetch, a put and a removal;
 *  diagnose. */
#define IOPLUGIN_ABI_MINOR 2u
/** Name of the one exported function, for dlsym(). Its type is ::IOPluginEntry. */
#define IOPLUGIN_ENTRY_SYMBOL "ioplugin_entry"

#if defined(__GNUC__)
#define IOPLUGIN_EXPORT __attribute__ ((visibility ("default")))
#else
#define IOPLUGIN_EXPORT
#endif

/** What kind of failure it was; append-only. Treat an unknown kind like IO_KIND_SERVER. The command's exit codes are others:
 *  this number plus 1, but 0 for OK, and 130 or so for CANCELLED. */
typedef enum IOKind {
    IO_KIND_OK = 0,        /**< success */
    IO_KIND_USAGE = 1,     /**< bad URL, option, pattern, setting or argument */
    IO_KIND_NOT_FOUND = 2, /**< nothing there */
    IO_KIND_AMBIGUOUS = 3, /**< more than one match where one is needed */
    IO_KIND_AUTH = 4,      /**< no credentials, login refused, not permitted */
    IO_KIND_CONFLICT = 5,  /**< exists and differs, or belongs elsewhere */
    IO_KIND_NETWORK = 6,   /**< not reached, kept failing, TLS not trusted */
    IO_KIND_SERVER = 7,    /**< an answer that makes no sense, or a final failure of the server */
    IO_KIND_INTEGRITY = 8, /**< sizes or digests differ, unsafe names */
    IO_KIND_IO = 9,        /**< a local file or disk problem */
    IO_KIND_CANCELLED = 10 /**< the host asked to stop */
} IOKind;

/** Importance of a log line. */
typedef enum IOLogLevel {
    IO_LOG_ERROR = 0,   /**< an operation failed; rare, as errors are returned instead */
    IO_LOG_WARNING = 1, /**< works, but somebody should know */
    IO_LOG_INFO = 2,    /**< what was done, about one line an operation */
    IO_LOG_DEBUG = 3    /**< each request, without secrets */
} IOLogLevel;

/** What an operation is doing at the moment. */
typedef enum IOPhase {
    IO_PHASE_RESOLVE = 0,  /**< finding out what the URL names */
    IO_PHASE_COMPARE = 1,  /**< comparing local and remote files */
    IO_PHASE_TRANSFER = 2, /**< moving bytes */
    IO_PHASE_VERIFY = 3,   /**< checking what arrived */
    IO_PHASE_DONE = 4      /**< the last report of an operation that succeeded */
} IOPhase;

/** A progress report. It may grow at its tail; look at `struct_size` before you read a newer member. */
typedef struct IOProgress {
    size_t struct_size;   /**< bytes of this struct as the plugin knows it */
    uint64_t operation;   /**< which operation; unique within the process */
    IOPhase phase;        /**< what it is doing */
    uint64_t bytes_done;  /**< bytes moved or found to be there already */
    uint64_t bytes_total; /**< bytes to move in all; 0 while not known */
    uint64_t files_done;  /**< files complete */
    uint64_t files_total; /**< files in all; 0 while not known */

    /* Minor version 2. */

    uint64_t bytes_kept;     /**< of `bytes_done`: those that were there already, so that nothing moved */
    uint64_t files_kept;     /**< of `files_done`: those that were there already, and right */
    uint64_t files_replaced; /**< of `files_done`: those that took the place of another one of their name */
    uint64_t
        urls_known; /**< fetch of many: how many of its URLs the totals speak of, or need not any more; the totals are
                                  whole when these are all */
    uint32_t
        wait_ms; /**< milliseconds until the server is asked again after a failure that may pass; 0: nobody waits */
    uint32_t wait_try;   /**< which try that is, counted from 1 */
    uint32_t wait_tries; /**< of how many */
} IOProgress;

/** What the host hands to one operation; every member may be NULL, and so may the pointer to it. Owned by the host. */
typedef struct IOCall {
    size_t struct_size; /**< sizeof (IOCall) as the host knows it */
    void *user_data;    /**< handed back to the functions below */
    /** Reports progress, at most some ten times a second. */
    void (*progress) (void *user_data, const IOProgress *progress);
    /** Returns non-zero once the operation should stop. Asked often, from any thread; must be quick and not block. */
    int (*cancelled) (void *user_data);

    /* Minor version 1. */

    /** Where the host writes a number other than 0 once the operation should stop; asked beside `cancelled`, which then may
     *  be NULL. For hosts to whom a call back is dear, as one into an interpreter is. */
    const volatile int32_t *stop;
    /** Returns the value of a setting for this operation, or NULL for what the host's table says. Called before the operation
     *  does anything, on the thread that called it. The plugin copies it at once. */
    const char *(*setting) (void *user_data, const char *name);
} IOCall;

/** What a call of minor version 1 is asked for beside the usual; to be added up. */
enum {
    IO_WITH_MTIME = 1, /**< stat, list: `mtime` of files as well, though it costs a question for each */
    IO_RECURSIVE = 2,  /**< list: everything below, not the next level only */
};

/** One of the transfers of a fetch of many; borrowed for the call. */
typedef struct IOFetch {
    const char *url;         /**< what to bring */
    const char *destination; /**< where to, as for `fetch_url` */
} IOFetch;

/** What a step of a plan does; append-only. */
typedef enum IOAction {
    IO_ACTION_CREATE = 0,    /**< put: a level that is missing is made */
    IO_ACTION_SEND = 1,      /**< put: a file that is not there is sent */
    IO_ACTION_FETCH = 2,     /**< fetch: a file that is not there is brought */
    IO_ACTION_REPLACE = 3,   /**< fetch, put: a file takes the place of another one that differs */
    IO_ACTION_KEEP = 4,      /**< fetch, put: it is there already, and nothing is moved */
    IO_ACTION_TAKE_OVER = 5, /**< fetch: it is complete in what an earlier run has left, and is moved to its place */
    IO_ACTION_LEAVE = 6,     /**< fetch: a local file that the archive does not list stays as it is */
    IO_ACTION_CONFLICT =
        7, /**< another file is there, for which the operation fails: a put does nothing then, a fetch leaves that one */
    IO_ACTION_REMOVE = 8 /**< remove: a file goes */
} IOAction;

/** One step of a plan; borrowed for the call. It may grow at its tail; look at `struct_size` before you read a newer
 *  member. */
typedef struct IOStep {
    size_t struct_size; /**< bytes of this struct as the plugin knows it */
    IOAction action;    /**< what is done */
    int64_t bytes;      /**< size of the file; -1: not known, or no file */
    const char *url;    /**< what it is in the archive; NULL for IO_ACTION_LEAVE */
    const char *path;   /**< the local file; NULL where there is none */
    const char *type;   /**< of IO_ACTION_CREATE: the type with which it is made; else NULL */
} IOStep;

/** How a step of a diagnosis came out; append-only. Treat an unknown state like IO_FINDING_WARNING. */
typedef enum IOFindingState {
    IO_FINDING_OK = 0,      /**< as it should be */
    IO_FINDING_WARNING = 1, /**< it works, but something should be done */
    IO_FINDING_FAILED = 2,  /**< what needs this step cannot work */
    IO_FINDING_SKIPPED = 3  /**< not looked at; the text says why */
} IOFindingState;

/** What one step of a diagnosis found. Owned by the plugin, borrowed by the host for the call in which it is told. No text in
 *  it holds a secret. */
typedef struct IOFinding {
    size_t struct_size;   /**< bytes of this struct as the plugin knows it */
    const char *step;     /**< what was looked at, a word: "name", "port", "login" */
    IOFindingState state; /**< how it came out */
    const char *text;     /**< what was found, or why it was not looked at: one line */
    const char *advice;   /**< what to do, one line; there after a warning or failure, else NULL */
    IOKind kind;          /**< of a failure; else IO_KIND_OK */
} IOFinding;

/** The host's table. Copied by the plugin during `ioplugin_entry`; its functions and `user_data` must outlive the
 *  plugin's use. */
typedef struct IOHost {
    uint32_t abi_major; /**< IOPLUGIN_ABI_MAJOR of the host */
    uint32_t abi_minor; /**< IOPLUGIN_ABI_MINOR of the host */
    size_t struct_size; /**< sizeof (IOHost) as the host knows it */
    void *user_data;    /**< handed back to the functions below */
    /** Takes one line (UTF-8, no line end). May be NULL. */
    void (*log) (void *user_data, IOLogLevel level, const char *message);
    /** Returns non-zero if lines of that level are wanted, so that others are not even composed. NULL: all are. */
    int (*log_wanted) (void *user_data, IOLogLevel level);
    /** Returns the value of a setting, or NULL for its default. The plugin copies it at once. May be NULL. */
    const char *(*setting) (void *user_data, const char *name);
} IOHost;

/** One line of a result: the pair (id, URL) with its attributes, or the one string that fetch and put return. */
typedef struct IOItem {
    const char *id;    /**< the id of an expanded item; NULL where there is none */
    const char *value; /**< a URL (expand, put) or a local path (fetch) */
    /** Attributes as name, value, name, value, ..., NULL. Never NULL itself. Names and values are UTF-8. */
    const char *const *attributes;
} IOItem;

/**
 * Attributes, by name; a plugin leaves out what it does not know. Numbers are decimal.
 *
 *   type                                   server, project, subject, experiment, scan, assessor, reconstruction, resource,
 *                                          directory or file: what the item is (stat, list)
 *   name                                   what it is called within its parent (list)
 *   bytes, files                           size in bytes, number of files
 *   files_kept, files_replaced             of the files that a fetch or put has dealt with (`files`): how many were there
 *                                          already, and how many took the place of another one of their name
 *   md5                                    of a file, 32 hexadecimal digits
 *   mtime                                  seconds since 1970, of a file
 *   path                                   of a file or directory within its resource
 *   project, project_name                  ID, name
 *   subject_id, subject_label              and so on for each level: its ID, and what people call it
 *   experiment_id, experiment_label, experiment_date (YYYY-MM-DD), xsi_type
 *   scan_id, scan_type, scan_quality, scan_description, scan_xsi_type
 *   assessor_id, assessor_label, assessor_xsi_type, reconstruction_id
 *   resource_id, resource_label
 *   project, subject, experiment, scan, assessor, reconstruction, resource
 *                                          the URL's selectors, as they are understood (check)
 *   create, send, fetch, replace, keep, take_over, leave, conflict, remove
 *                                          how many steps of a plan do that (plans)
 *   send_bytes and so on                   the sum of their sizes, as far as they are known (plans)
 *   search                                 true or false: whether the URL is a search (check)
 *   level                                  where a URL that is no search ends: server, one of the levels, or path. Only
 *                                          resource and path can be fetched, put or read (check)
 *   also_below                             a level that can be listed right below, too, although a list of the URL shows
 *                                          what is on the way to it (check)
 *   server, login                          the address that is asked, as http(s)://HOST[:PORT][/PREFIX]; the login that
 *                                          the URL names (check)
 *   option_NAME                            an option of the URL, or a variable of a search, as it is understood, given or
 *                                          not: true, false or a text (check)
 */

/** The outcome of an operation. Given back with `free_result` of the plugin that made it. */
typedef struct IOResult {
    size_t struct_size; /**< bytes of this struct as the plugin knows it */
    IOKind kind;        /**< IO_KIND_OK: `items` is valid; else: the members below are */
    size_t n_items;     /**< one, but for expand and list: any number; 0 after a failure, but for fetch of many */
    const IOItem *const *items; /**< `n_items` pointers */
    const char *message;        /**< one line that a user can act on; NULL after success */
    int http_status;            /**< the HTTP status behind the failure, or 0 */
    const char *server_words;   /**< what the server itself said, shortened; NULL if nothing */
} IOResult;

/** The plugin's table. A verb that the plugin does not have is NULL. */
typedef struct IOPlugin {
    uint32_t abi_major;         /**< IOPLUGIN_ABI_MAJOR of the plugin */
    uint32_t abi_minor;         /**< IOPLUGIN_ABI_MINOR of the plugin */
    size_t struct_size;         /**< sizeof (IOPlugin) as the plugin knows it */
    const char *name;           /**< short name, such as "xnatstorage" */
    const char *version;        /**< the plugin's own version */
    const char *const *schemes; /**< lower-case URL schemes, NULL-terminated */

    /** Brings what `url` names to the local path `destination`. The one item's value is the path of the result.
     *  Success means: complete and checked. Never returns NULL; `call` may be NULL. */
    IOResult *(*fetch_url) (const char *url, const char *destination, const IOCall *call);
    /** Sends the local file or directory `path` to `url`. The one item's value is the final URL. Success means: it is
     *  there, whole. Never returns NULL; `call` may be NULL. */
    IOResult *(*put_url) (const char *path, const char *url, const IOCall *call);
    /** Turns a search into its items; any other URL gives itself, without an id (and without attributes, unless a setting of
     *  the plugin wants them asked for). No match is an empty success. Never returns NULL; `call` may be NULL. */
    IOResult *(*expand_url) (const char *url, const IOCall *call);
    /** Gives a result back. NULL is nothing. */
    void (*free_result) (IOResult *result);
    /** Ends sessions and connections. Waits for the operations that have begun; one that begins later, or meanwhile, starts
     *  afresh, and wants another cleanup. May be called more than once. Must not be called from within a host function. */
    void (*cleanup) (void);
    /** Names, defaults and meanings of the settings, as name, default, help, ..., NULL; or NULL. */
    const char *const *settings;

    /* Minor version 1. Each of them returns a result as those above do: never NULL; `call` may be NULL. */

    /** Tells what the one thing is that `url` names, which may end at any level, and may be the server itself: one item,
     *  whose value is a URL in its canonical form that leads to just this (by IDs where names are not unique), and whose
     *  attributes say the rest. Nothing there is IO_KIND_NOT_FOUND, which is no more than a line for the debug log.
     *  @param flags IO_WITH_MTIME, or 0. */
    IOResult *(*stat_url) (const char *url, uint32_t flags, const IOCall *call);
    /** Tells what is directly below `url`: items as of `stat_url`, whose id is the name within `url`. Of a server these are
     *  its projects; of a project its subjects and resources (experiments are below their subjects); of an experiment its
     *  scans, assessors, reconstructions and resources, in this order, each sorted; of a resource, or a directory in it, the
     *  files and directories. A URL that ends in the name of a level lists that level, of a project also its experiments.
     *  With IO_RECURSIVE everything below, each item followed by what is below it; the id then is the
     *  names from there down, joined with '/' ("%2F" for one in a name). A file has nothing below it: IO_KIND_USAGE.
     *  @param flags IO_RECURSIVE, IO_WITH_MTIME, their sum, or 0. */
    IOResult *(*list_url) (const char *url, uint32_t flags, const IOCall *call);
    /** Removes a file, a directory of a resource or a resource, and nothing above these, nor what a pattern names. The one
     *  item's value is the URL of what is gone, its attribute `files` how many files went with it. Success means: a fresh
     *  listing lacks it, and nothing else. Where the server would take something else along it is IO_KIND_CONFLICT, and
     *  nothing is removed; that something else is gone nevertheless is IO_KIND_INTEGRITY. */
    IOResult *(*remove_url) (const char *url, const IOCall *call);
    /** Reads `url` without asking anybody: one item, whose value is the canonical form (of a search: the URL as given), and
     *  whose attributes say whether it is a search, its server, its levels and its options. The URL may end at any level.
     *  What is wrong with it is IO_KIND_USAGE. */
    IOResult *(*check_url) (const char *url, const IOCall *call);
    /** Hands a part of a file to `take`, in order, on the calling thread, each byte once. What was taken is not checked against
     *  a digest, unless it is the whole; its size is. So only the result tells whether it is right: after IO_KIND_INTEGRITY,
     *  or any other failure, what was taken is of no use.
     *  @param offset first byte; beyond the end is IO_KIND_USAGE, at the end is an empty success. @param length bytes at most; UINT64_MAX: to the end.
     *  @param take returns non-zero to stop (IO_KIND_CANCELLED). @param take_data handed to it.
     *  The one item's value is the URL, its attribute `bytes` the size of the whole file. */
    IOResult *(*read_url) (const char *url, uint64_t offset, uint64_t length,
                           int (*take) (void *take_data, const void *bytes, size_t size), void *take_data,
                           const IOCall *call);
    /** Does as `fetch_url` for each of `n` fetches, several at a time, and asks for what they share once. One that fails does
     *  not stop the others; one whose result would stand where an earlier one's does is IO_KIND_CONFLICT.
     *  @param finished told the outcome of each as soon as it is known, in no order, on the calling thread; `outcome` is
     *         borrowed for that moment. Of those that were not begun when the operation was stopped it is not told. May be
     *         NULL. @param finished_data handed to it.
     *  The result's items are `n`, in the order of the fetches, with the path as value, or NULL for one that failed; they are
     *  there after a failure, too: the result is then that of the first that failed. */
    IOResult *(*fetch_many) (const IOFetch *fetches, size_t n,
                             void (*finished) (void *finished_data, size_t index, const IOResult *outcome),
                             void *finished_data, const IOCall *call);

    /* Minor version 2. */

    /** Does as `expand_url`, and hands each item to `take` instead of keeping it, in order, on the calling thread, so that a
     *  million of them take little memory. `item` is borrowed for that moment. The first is handed over once the whole search
     *  has succeeded: after any failure but IO_KIND_CANCELLED none was.
     *  @param take returns non-zero to stop (IO_KIND_CANCELLED). @param take_data handed to it.
     *  The result has no items. */
    IOResult *(*expand_each) (const char *url, int (*take) (void *take_data, const IOItem *item), void *take_data,
                              const IOCall *call);
    /** Tells what `fetch_many` would do, and does nothing of it: archive and disk are looked at, and neither is changed, not
     *  by a directory or a lock. What `fetch_many` would refuse fails in the same way, as far as a look tells; what only shows
     *  when bytes are moved does not. What is told holds for the moment.
     *  @param planned told each step, in order, before `finished` is told of its fetch; `step` is borrowed for that moment.
     *         May be NULL. @param finished as for `fetch_many`. @param data handed to both, on the calling thread.
     *  The result is as that of `fetch_many`: each value is where the fetch would have put it. The attributes of each item,
     *  and of each outcome, count its steps. */
    IOResult *(*plan_fetch) (const IOFetch *fetches, size_t n,
                             void (*planned) (void *data, size_t index, const IOStep *step),
                             void (*finished) (void *data, size_t index, const IOResult *outcome), void *data,
                             const IOCall *call);
    /** The same for `put_url`: the levels that it would make, then the files. Nothing is written to the archive, and whether
     *  it would take what is sent is not known (the right to write, the names of types).
     *  @param planned as above, with 0 as `index`; of a put that would fail for conflicts it is told these.
     *  The one item's value is the final URL, its attributes count the steps. */
    IOResult *(*plan_put) (const char *path, const char *url,
                           void (*planned) (void *data, size_t index, const IOStep *step), void *data,
                           const IOCall *call);
    /** The same for `remove_url`: the files that would go. */
    IOResult *(*plan_remove) (const char *url, void (*planned) (void *data, size_t index, const IOStep *step),
                              void *data, const IOCall *call);

    /** Looks, step by step, at all that stands between this machine and what `url` names: how the URL is understood, the
     *  network, the server, the login, the user's rights, the thing itself. The URL may end at any level, be the server's, or a
     *  search. Changes nothing on the server, and tries a login once at most. Each step of the plugin is told once; one that
     *  needs another that failed is told as skipped. A URL that cannot be read is a finding as well.
     *  @param told told each finding as soon as it is known, on the calling thread. May be NULL. @param told_data handed to it.
     *  The result has no items. Success means that no step failed; else the result is the failure of the first that did.
     *  Findings that were told before the operation was stopped hold (IO_KIND_CANCELLED). */
    IOResult *(*diagnose_url) (const char *url, void (*told) (void *told_data, const IOFinding *finding),
                               void *told_data, const IOCall *call);
} IOPlugin;

/**
 * The one exported function.
 * @param host the host's table, or NULL for a host that offers nothing. Copied.
 * @param reason set to a static sentence when NULL is returned; may be NULL.
 * @return the plugin's table, or NULL if the plugin cannot work with this host.
 */
typedef const IOPlugin *(*IOPluginEntry) (const IOHost *host, const char **reason);

#ifdef __cplusplus
}
#endif

#endif /* IOPLUGIN_H */
