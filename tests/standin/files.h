/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file files.h
 * What the parts that list, send, pack and store files share.
 */
#pragma once

#include "target.h"

/** One file on its way into an archive. */
typedef struct Packed {
    Resource *resource;
    Entry *entry;
    char *name; /**< in the archive; owned */
} Packed;

/** Files on their way into an archive, freed with it. */
typedef struct Pack {
    Archive *archive;
    GArray *items; /**< of Packed */
    gboolean deflate;
    guint keep; /**< so many members and no more, 0: all */
} Pack;

/** Frees a pack and its names. */
void pack_free (Pack *pack);

/** Produces a zip from a Pack. @return FALSE to break the connection off. */
gboolean zip_write (Sink *sink, gpointer pack);
/** The same as tar, */
gboolean tar_write (Sink *sink, gpointer pack);
/** and as tar.gz. */
gboolean tar_gz_write (Sink *sink, gpointer pack);

/** The route's tail as the server understands it: decoded only where it holds `%20` or `%2B`. Owned by the request. */
const char *files_path (Ctx *ctx, const Route *route);

/** Whether an entry is chosen by the filters of a request. */
gboolean entry_passes (Ctx *ctx, const Entry *entry, const char *folder);

/** A kind of archive. */
typedef struct PackKind {
    const char *ending;
    const char *type;
    BodyFunc write;
} PackKind;

/** @return the kind that a format asks for, NULL when it is none. */
const PackKind *pack_kind (const char *format);

/** Answers with an archive. @param path "" for all files, a directory with its slash, or one file. */
void reply_archive (Ctx *ctx, const Route *route, const Target *target, const char *path, const PackKind *kind);

/** Answers with one file. */
void reply_file (Ctx *ctx, const Target *target, Resource *resource, Entry *entry);

/** Answers that a file is not there. */
void reply_missing (Ctx *ctx, const Target *target, const char *message);

/** The entry that a path means: as it stands, else decoded. NULL: none. Needs a lock. */
Entry *files_entry (Ctx *ctx, Resource *resource, const char *path);

/** What one write into a resource has done; kept until the catalog is written. */
typedef struct Upload {
    Ctx *ctx;
    Archive *archive;
    Node *parent;
    Resource *resource;
    gboolean created;
    gboolean overwrite;
    gboolean extract;      /**< members of an archive are being stored */
    guint generation;      /**< of the catalog when the write began */
    GPtrArray *snapshot;   /**< entries at that time */
    GArray *stored;        /**< of Stored */
    GPtrArray *duplicates; /**< of paths, interned */
} Upload;

typedef struct Stored {
    const char *path;
    const char *file;
    const char *digest;
    gint64 size;
} Stored;

/** Where bytes of a member come from: as read(2). */
typedef gssize (*PullFunc) (gpointer data, void *buffer, gsize size);

/**
 * Stores one member: deletes what it replaces, writes the file where it stays. Notes a duplicate instead when something
 * is there and may not be replaced (the bytes are then read and dropped).
 * @return FALSE when the bytes broke off; the file then stays as far as it came.
 */
gboolean upload_store (Upload *upload, const char *name, PullFunc pull, gpointer data);

/** The same with a file that is moved in. */
gboolean upload_move (Upload *upload, const char *path, const char *from, goffset offset, gsize size);

/** Unpacks a body while it comes in. @return FALSE when it is broken; the status to answer is in @p status. */
gboolean extract_zip (Upload *upload, PullFunc pull, gpointer data, int *status);
/** The same for tar, gzipped or not. @param raw the body is one gzipped file, to be stored as @p name. */
gboolean extract_tar (Upload *upload, PullFunc pull, gpointer data, gboolean raw, const char *name);
