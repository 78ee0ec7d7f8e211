/* SPDX-License-Identifier: Apache-2.0 */
/* Sending files to one resource: singly in the body of a PUT, or many as one archive that the server unpacks. One try; what it
 * achieved is told by a listing, which is the caller's to read. */
#pragma once

#include "local/tree.h"
#include "find/catalog.h"

/** A file to send. */
typedef struct {
    const XnTreeFile *file; /**< (borrowed) */
    char *path;             /**< (owned) inside the resource */
    char *md5;              /**< (owned) (nullable) of the local file, once it was read */
    char *old_digest;       /**< (owned) (nullable) that the server listed for the file that is replaced */
    gint64 old_size;        /**< of that one; -1: there was none */
    gboolean replaces;      /**< there is such a one, be it of unknown size */
    gboolean damaged;       /**< what is listed for it is identical, but what is stored is not */
    gint64 stored_size;     /**< of that */
    gboolean broken;        /**< an upload of it was begun, and not answered well */
    gboolean done;
} XnSending;

void xn_sending_free (XnSending *sending);

/** Whether the file has to go in an archive: its name or its being empty forbids the body of a PUT. */
gboolean xn_upload_needs_archive (const XnSending *sending);
/** Whether it can go in an archive at all. */
gboolean xn_upload_fits_archive (const XnSending *sending);

/** Sends one file in a body. @out_duplicate: the server says that something of that name is there, and stored nothing.
 *  Errors: as xn_client_call(), IO. */
gboolean xn_upload_file (XnClient *client, const XnItem *resource, XnSending *sending, gboolean overwrite,
                         gboolean *out_duplicate, XnOp *op, GError **error);

/** Sends @sendings (element-type XnSending) as one streamed zip. */
gboolean xn_upload_archive (XnClient *client, const XnItem *resource, GPtrArray *sendings, gboolean overwrite,
                            gboolean *out_duplicate, XnOp *op, GError **error);
