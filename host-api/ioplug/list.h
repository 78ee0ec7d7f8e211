/* SPDX-License-Identifier: Apache-2.0 */
/* A list of URLs to fetch: reading it, and giving each entry its place below the destination. Pure, but for
 * list_read(). */
#pragma once

#include <glib.h>

/** One line of a list. */
typedef struct {
    char *id;     /**< as written; empty if the line has none */
    char *url;    /**< as written */
    char *name;   /**< the entry's directory below the destination; NULL: the destination itself */
    char *reason; /**< why it must not be fetched; NULL: nothing is wrong */
    int kind;     /**< the kind that goes with `reason` */
    gint64 bytes; /**< how large it is, if that is known beforehand; else -1 */
} ListEntry;

/** Reads the whole of @file ("-": standard input). On failure an error of kind io, or cancelled after a signal. */
GString *list_read (const char *file, GError **error);

/** Cuts @length bytes at @text into entries and names them, with names of at most @longest bytes.
 *  Returns (transfer full) (element-type ListEntry): in list order. */
GPtrArray *list_parse (const char *text, gsize length, gsize longest);

/** An empty list (element-type ListEntry): (transfer full). */
GPtrArray *list_new (void);
/** Adds an entry with @id, which may be "", and @url (both copied). */
void list_add (GPtrArray *entries, const char *id, const char *url);
/** Gives each entry that may be fetched its name, of at most @longest bytes. */
void list_name (GPtrArray *entries, gsize longest);

/** Takes @name in @taken (owning Set<name>), and the name under which its fetch waits meanwhile; FALSE if either is taken. */
gboolean list_take_name (GHashTable *taken, const char *name);

/** @id as a file name: with '/', control characters and the names "." and ".." percent-encoded; one that is
 *  longer than @longest bytes is cut, and ends in a digest of the whole. */
char *list_encode_name (const char *id, gsize longest);
