/* SPDX-License-Identifier: Apache-2.0 */
/* Slips. */
#include <string.h>

#include "nearest.h"

/* Longer ones are not looked at. */
#define LONGEST 32

/* How many slips lead from one word to the other: optimal string alignment. */
static guint
slips (const char *one, const char *other)
{
    gsize n = strlen (one), m = strlen (other);
    guint rows[3][LONGEST + 1];

    if (n > LONGEST || m > LONGEST)
        return G_MAXUINT;
    for (gsize j = 0; j <= m; j++)
        rows[0][j] = (guint)j;
    for (gsize i = 1; i <= n; i++) {
        const guint *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        guint *row = rows[i % 3];

        row[0] = (guint)i;
        for (gsize j = 1; j <= m; j++) {
            guint other_letter = one[i - 1] != other[j - 1];

            row[j] = MIN (MIN (above[j], row[j - 1]) + 1, above[j - 1] + other_letter);
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = MIN (row[j], two_above[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *
nearest_word (const char *word, const char *const *words)
{
    const char *nearest = NULL;
    /* Of a short word one slip leaves little. */
    guint most = strlen (word) < 4 ? 1 : 2;
    guint least = most + 1;

    for (; *words != NULL; words++) {
        guint n = slips (word, *words);

        if (n < least && n < strlen (*words)) {
            least = n;
            nearest = *words;
        }
    }
    return nearest;
}
