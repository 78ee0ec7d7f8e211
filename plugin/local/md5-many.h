/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 of many texts at once. Each step of MD5 waits for the one before, so a processor is mostly idle over one text; side
 * by side, in the lanes of its vector registers, sixteen take little longer than one. GLib knows one at a time only. */
#pragma once

#include <glib.h>

/** How many are worked on side by side: as many, or a multiple, is the best number to hand over. */
#define XN_MD5_LANES 16

/** A text and its digest. */
typedef struct {
    const guint8 *bytes; /**< (borrowed) */
    gsize size;
    char md5[33]; /**< set by xn_md5_many(): lower-case hex */
} XnMd5Text;

/** Works out the MD5 (RFC 1321) of each of @texts. Pure; thread: any. */
void xn_md5_many (XnMd5Text *texts, guint n_texts);
