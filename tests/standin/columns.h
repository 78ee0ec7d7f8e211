/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file columns.h
 * Columns of listings: which object of a row they speak of, the keys under which they come back, their values.
 */
#pragma once

#include "joins.h"

typedef enum Listing {
    LIST_PROJECTS = 1,
    LIST_SUBJECTS = 2,
    LIST_EXPERIMENTS = 4,
    LIST_SCANS = 8,
    LIST_RECONS = 16,
    LIST_ASSESSORS = 32 /**< those of one session */
} Listing;

/** Values that are not kept as fields; those of shares and of resources last. */
typedef enum Special {
    SPECIAL_NONE,
    SPECIAL_ID,
    SPECIAL_PROJECT,
    SPECIAL_XSI,
    SPECIAL_INSERTED,
    SPECIAL_INSERTED_BY,
    SPECIAL_PK,
    SPECIAL_SUBJECT,
    SPECIAL_PARENT,
    SPECIAL_LABEL,
    SPECIAL_SHARE_PROJECT,
    SPECIAL_SHARE_LABEL,
    SPECIAL_FILE_LABEL,
    SPECIAL_FILE_ID,
    SPECIAL_FILE_COUNT,
    SPECIAL_FILE_SIZE,
    SPECIAL_FILE_OTHER
} Special;

typedef struct Column {
    const char *key;   /**< under which it comes back */
    const Type *type;  /**< the element that the path begins with */
    const char *field; /**< the path below it, without conditions */
    guint place;       /**< of its object among the joins; this and the rest are set by column_bind() */
    const char *name;  /**< of the field in that object */
    Special special;
} Column;

/** Finds a column by shortcut or path. @return FALSE when there is no such shortcut or type. */
gboolean column_find (Column *column, Listing listing, const char *name);

/** Joins a column's object to the rows. @return FALSE when the type has no such field, or cannot be joined. */
gboolean column_bind (Column *column, GArray *joins);

/** @return the value of a column in one row, interned, or NULL. */
const char *column_value (const Column *column, gconstpointer const *objects);
