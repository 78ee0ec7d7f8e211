/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file place.h
 * gfal2's tools put the URL of what is in a directory together from the directory's URL and a name. So between the things that
 * the host API lists there are directories for the levels (`scans`, `resources`, `files`), as they stand in a URL.
 */
#ifndef GFAL_XNAT_PLACE_H
#define GFAL_XNAT_PLACE_H

#include "operation.h"

/** What a URL of gfal2 leads to. */
typedef enum PlaceKind {
    PLACE_SERVER,   /**< a server */
    PLACE_DATA,     /**< its `/data` */
    PLACE_LEVEL,    /**< a level, with no name behind it */
    PLACE_ITEM,     /**< a project, subject, ..., above resources */
    PLACE_RESOURCE, /**< a resource */
    PLACE_FILES,    /**< its `files` */
    PLACE_PATH      /**< a file or directory in it */
} PlaceKind;

/** Where a URL leads. Begins zeroed; cleared by g_auto (Place). */
typedef struct Place {
    PlaceKind kind;
    char *url;        /**< what the plugin is to be asked; of a level: its parent's */
    const char *type; /**< of a level: the type of what is in it; a constant */
} Place;

/**
 * Finds out where `url` leads, without asking the server. Where it has no options those of the configuration are added
 * (URL_OPTIONS).
 * @return FALSE with an error if it is no URL of one place.
 */
gboolean place_of (Operation *operation, const char *url, Place *place, GError **error);

/** Returns the URL with the option that lets a put replace what is there; to be freed. */
char *place_overwriting (const Place *place);

/** Gives back what a place holds. */
void place_clear (Place *place);

/** Returns the level, as it stands in a URL, of the items of a type; a constant; NULL for types that have none. */
const char *place_level_of (const char *type);

/** Returns a listed item's name as it stands in a URL; to be freed. */
char *place_name_of (const IOItem *item);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

#endif /* GFAL_XNAT_PLACE_H */
