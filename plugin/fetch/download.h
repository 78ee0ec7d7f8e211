/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing files of one resource to a place: one by one, or many out of an archive. Every file is checked before it stands
 * under its name. */
#pragma once

#include "local/place.h"
#include "find/catalog.h"

typedef struct XnWanted XnWanted;

/** Where a file was found that may spare a transfer. */
typedef enum {
    XN_FOUND_NOWHERE,
    XN_FOUND_IN_PLACE,
    XN_FOUND_IN_PARTIAL, /**< complete, in what an earlier run left */
} XnFound;

/** Where from and where to; borrowed by the functions below. */
typedef struct {
    XnClient *client;
    XnOp *op;
    const XnItem *item; /**< with its resource */
    XnPlace *place;     /**< (nullable) of all files that have no place of their own */
    const XnCatalog *catalog;
    const char
        *below; /**< (nullable) directory of the resource that was named; paths at the place are relative to it */
    void (*ended) (const XnWanted *wanted,
                   gpointer data); /**< (nullable) told of each that is done or has failed, perhaps
                                                                 more than once. Thread: any */
    gpointer ended_data;
    gboolean only_plans; /**< places are opened to be looked at, and nothing is brought */
    gboolean was_cut;    /**< an earlier run was cut off: what is to be brought is its rest */
} XnDownload;

/** A file to bring. */
struct XnWanted {
    const XnEntry *entry;       /**< (borrowed) */
    const char *relative;       /**< (borrowed) where it goes below the place; for a single file NULL */
    XnFound found;              /**< once it was looked for */
    gboolean conditional;       /**< one of that size is there: bring it only if the server's has changed */
    gint64 local_mtime;         /**< of that one */
    gboolean alone;             /**< to be asked for by its path, which tells its date */
    XnRetry retry;              /**< how often it is asked for */
    const XnDownload *download; /**< (borrowed) whose it is, while an archive is unpacked */
    gboolean taken;             /**< a member of the archive is being looked at for it */
    gboolean done;
    gboolean kept;     /**< done without a transfer: it was there */
    gboolean replaced; /**< done, with a place of its own: another one was there */
    GError *problem;   /**< (owned) (nullable) why it did not come */

    const char *
        destination; /**< (borrowed) (nullable) a place of its own, which is open only while it is looked at or written */
    XnPlace *own;    /**< (owned) (nullable) that place, while it is open */
    char *path;      /**< (owned) (nullable) where the file is, once it stands there for good */
};

/** @entry, @relative: (borrowed). Returns: (transfer full) */
XnWanted *xn_wanted_new (const XnEntry *entry, const char *relative);
/** Ends it. NULL is nothing. */
void xn_wanted_free (XnWanted *wanted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XnWanted, xn_wanted_free)

/**
 * How long a file that is listed with @listed bytes can be while its catalog is no worse than late: of two versions of one
 * file the one is seldom twice as long as the other, and a small one may have been written on to. What is longer is not
 * taken in to be refused at its end.
 */
gint64 xn_download_bound (gint64 listed);

/** How the places of @download are opened: XN_PLACE_DURABLE and so on, added up. */
guint xn_download_place_flags (const XnDownload *download);

/** The place of @wanted, opened if it is its own: (transfer none). Errors: as xn_place_open_file(). Thread: one at a time. */
XnPlace *xn_wanted_place (const XnDownload *download, XnWanted *wanted, GError **error);
/** Closes the place of @wanted if it is its own, after the file has got its name there. Errors: IO. */
gboolean xn_wanted_publish (const XnDownload *download, XnWanted *wanted, GError **error);
/** Closes it without that. */
void xn_wanted_leave (XnWanted *wanted);

/** Whether an archive can bring @wanted: what has a place of its own only if it can be written at once, as that may fail. */
gboolean xn_wanted_fits_archive (const XnWanted *wanted);

/** Whether after @error (nullable) no other way is worth a try: it is not the archive's or the file's own. */
gboolean xn_download_is_over (const GError *error);

/** The nearest directory above the file @path that a path reaches, whose archive is the smallest that holds it: (transfer
 *  full); NULL: the whole resource's. */
char *xn_download_reached_directory (const char *path);

/** Whether @answer is a page that stands in the place of @entry: it is declared to be HTML, and the name is none of that. */
gboolean xn_download_is_page (const XnEntry *entry, const XnAnswer *answer);

/**
 * Brings one file by its path, or out of its directory's archive where no path reaches it. Continues a broken body
 * where the server allows it; a body that fails its check is asked for again.
 * Errors: NOT_FOUND (listed, but not there), INTEGRITY, and as xn_client_call().
 */
gboolean xn_download_file (const XnDownload *download, XnWanted *wanted, GError **error);

/** The same by @tail alone, the encoded path below the resource's files. Errors: NOT_FOUND also where the path is not understood. */
gboolean xn_download_by_path (const XnDownload *download, XnWanted *wanted, const char *tail, GError **error);

/** Whether the server's file still bears the date of the local one of @wanted, which is conditional: what bringing it would
 *  find out. What cannot be told counts as no. Errors: as xn_client_call(), but for a file that is not there. */
gboolean xn_download_ask_unchanged (const XnDownload *download, const XnWanted *wanted, gboolean *out_unchanged,
                                    GError **error);

/** The largest file that a tar of XNAT's can hold is smaller than this. */
#define XN_TAR_MAX_MEMBER (G_GINT64_CONSTANT (8) << 30)

/** What a tar may lack: XNAT cannot put larger files into one, and writes names in whatever charset its JVM has. */
gboolean xn_entry_is_beyond_tar (const XnEntry *entry);

/** An archive under way. */
typedef struct {
    double wait_s;     /**< to its first byte */
    double body_s;     /**< from then on */
    gint64 bytes;      /**< of it, within that time */
    guint files_left;  /**< of those that are wanted */
    gint64 bytes_left; /**< of these */
} XnArchiveView;

/** Who decides whether an archive is worth its bytes. Thread: the caller's. */
typedef struct {
    /** Asked now and then while it comes. FALSE: it is left. */
    gboolean (*goes_on) (const XnArchiveView *view, gpointer data);
    /** Asked before another one of the same directory is begun: after one that broke (@broke) and has brought something, and where a
     *  zip may hold what a tar cannot. */
    gboolean (*again) (guint files_left, gint64 bytes_left, gboolean broke, gpointer data);
    gpointer data;
} XnArchiveWatch;

/**
 * Brings what it can of @wanted (element-type XnWanted) out of one archive of the directory @directory (nullable: of the
 * whole resource), as the bytes arrive, and leaves the archive when it has all of them. What the archive lacks, or holds
 * under a name that cannot be told, is left not done.
 * @watch: (nullable) NULL: it comes to its end, and again as long as each try brings more
 * @out_exhausted: (nullable) out: another archive of the directory would bring no more; FALSE if @watch had it left, or wanted
 * no other one after one that broke
 */
gboolean xn_download_archive (const XnDownload *download, GPtrArray *wanted, const char *directory,
                              const XnArchiveWatch *watch, gboolean *out_exhausted, GError **error);

/** Files of one resource that are wanted. */
typedef struct {
    const XnDownload *download;
    GPtrArray *wanted; /**< (element-type XnWanted) */
} XnShare;

/**
 * Brings what it can of @n of @shares, resources of one session (find/session-files.h), out of one tar that holds just these
 * resources. What it lacks, or holds under a name that does not tell whose it is, is left not done.
 * Errors: as xn_client_call(), and IO for the first file that could not be written; what came before is done.
 */
gboolean xn_download_shared_archive (const XnShare *shares, guint n, GError **error);
