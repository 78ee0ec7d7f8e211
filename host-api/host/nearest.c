/* SPDX-License-Identifier: Apache-2.0 */
/* Slips. */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "nearest.h"

/* Longer ones are not looked at. */
#define LONGEST 32

static unsigned
least_of (unsigned one, unsigned other)
{
    return one < other ? one : other;
}

/* How many slips lead from one word to the other: optimal string alignment. */
static unsigned
slips (const char *one, const char *other)
{
    size_t n = strlen (one), m = strlen (other);
    unsigned rows[3][LONGEST + 1];

    if (n > LONGEST || m > LONGEST)
        return UINT_MAX;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        const unsigned *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        unsigned *row = rows[i % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned other_letter = one[i - 1] != other[j - 1];

            row[j] = least_of (least_of (above[j], row[j - 1]) + 1, above[j - 1] + other_letter);
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = least_of (row[j], two_above[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *
io_nearest_word (const char *word, const char *const *words)
{
    const char *nearest = NULL;
    /* Of a short word one slip leaves little. */
    unsigned most = strlen (word) < 4 ? 1 : 2;
    unsigned least = most + 1;

    for (; *words != NULL; words++) {
        unsigned n = slips (word, *words);

        if (n < least && n < strlen (*words)) {
            least = n;
            nearest = *words;
        }
    }
    return nearest;
}
