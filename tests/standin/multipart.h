/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file multipart.h
 * Bodies of type multipart/form-data: spooled whole to a file, then cut into parts.
 */
#pragma once

#include "http.h"

typedef struct Part {
    char *name; /**< base name of the part's file name; interned */
    goffset offset;
    gsize size;
} Part;

/**
 * Reads a body into a file and finds the parts that are files.
 * @param type the Content-Type. @param spool name of the file to make. @return the parts (of Part, owned by the
 * caller), NULL when the body broke off or is none.
 */
GArray *multipart_read (Request *req, const char *type, const char *spool);
