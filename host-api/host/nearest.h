/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file nearest.h
 * What somebody may have meant who made a slip. Pure, libc alone: the host library, the command and the plugin are each
 * built with it.
 */
#ifndef IOPLUGIN_NEAREST_H
#define IOPLUGIN_NEAREST_H

/**
 * Finds what may be meant by a word that is none of some others.
 * @param words the others, NULL-terminated.
 * @return the one of them that differs from `word` by the fewest slips (a letter more, less, other, or two swapped); NULL
 *         if none is near.
 */
const char *io_nearest_word (const char *word, const char *const *words);

#endif /* IOPLUGIN_NEAREST_H */
