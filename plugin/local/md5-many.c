/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 1321, over vectors: the compiler spreads a vector over whatever registers the processor has. */
#include "local/md5-many.h"

#include <string.h>

enum {
    BLOCK = 64,       /* bytes */
    STEPS = 64,       /* for each block */
    WORDS = 16,       /* of a block */
    LENGTH_BYTES = 8, /* at the end of the last block */
    FEW = 3,          /* with fewer texts most lanes are empty, and one after the other is faster */
};

typedef guint32 Vector __attribute__ ((vector_size (XN_MD5_LANES * sizeof (guint32))));

/* The integer part of 2^32 * |sin (i + 1)|. */
static const guint32 SINES[STEPS] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/* How far the steps of each round turn. */
static const guint8 TURNS[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/* A, B, C and D of all lanes. */
typedef struct {
    Vector word[4];
} State;

/* What a lane works on: the text's whole blocks, then what is left of it with the padding. */
typedef struct {
    XnMd5Text *text; /* NULL: the lane is empty */
    const guint8 *next;
    gsize n_blocks;
    gboolean padded;
    guint8 tail[2 * BLOCK];
} Lane;

/* Word w of all lanes in vector w. */
static inline void
gather (const guint8 *const *blocks, Vector *out_words)
{
    guint32 turned[WORDS][XN_MD5_LANES];
    for (guint lane = 0; lane < XN_MD5_LANES; lane++) {
        guint32 words[WORDS];
        memcpy (words, blocks[lane], BLOCK);
        for (guint w = 0; w < WORDS; w++)
            turned[w][lane] = GUINT32_FROM_LE (words[w]);
    }
    memcpy (out_words, turned, sizeof turned);
}

/* @blocks: for each lane @n_blocks blocks */
static void
compress (State *state, const guint8 **blocks, gsize n_blocks)
{
    State sum = *state;
    for (; n_blocks > 0; n_blocks--) {
        Vector words[WORDS];
        gather (blocks, words);
        Vector a = sum.word[0], b = sum.word[1], c = sum.word[2], d = sum.word[3];
#pragma GCC unroll 64
        for (guint i = 0; i < STEPS; i++) {
            const guint turn = TURNS[i / 16][i % 4];
            Vector mixed;
            guint w;
            if (i < 16) {
                mixed = d ^ (b & (c ^ d));
                w = i;
            } else if (i < 32) {
                mixed = c ^ (d & (b ^ c));
                w = 5 * i + 1;
            } else if (i < 48) {
                mixed = b ^ c ^ d;
                w = 3 * i + 5;
            } else {
                mixed = c ^ (b | ~d);
                w = 7 * i;
            }
            const Vector step = a + mixed + words[w % WORDS] + SINES[i];
            a = d;
            d = c;
            c = b;
            /* gcc 12's analyzer takes the vector's bytes for the bits of one number. */
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-shift-count-overflow"
#endif
            b += (step << turn) | (step >> (32 - turn));
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic pop
#endif
        }
        sum.word[0] += a;
        sum.word[1] += b;
        sum.word[2] += c;
        sum.word[3] += d;
        for (guint lane = 0; lane < XN_MD5_LANES; lane++)
            blocks[lane] += BLOCK;
    }
    *state = sum;
}

static void
lane_begin (Lane *lane, XnMd5Text *text, State *state, guint index)
{
    static const guint32 START[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    lane->text = text;
    lane->next = text->bytes;
    lane->n_blocks = text->size / BLOCK;
    lane->padded = FALSE;
    for (guint w = 0; w < G_N_ELEMENTS (START); w++)
        state->word[w][index] = START[w];
}

/* Goes on to the last one or two blocks. */
static void
lane_pad (Lane *lane)
{
    const gsize rest = lane->text->size % BLOCK;
    const guint64 bits = GUINT64_TO_LE ((guint64)lane->text->size * 8);
    memset (lane->tail, 0, sizeof lane->tail);
    if (rest > 0)
        memcpy (lane->tail, lane->text->bytes + (lane->text->size - rest), rest);
    lane->tail[rest] = 0x80;
    lane->next = lane->tail;
    lane->n_blocks = rest + 1 + LENGTH_BYTES <= BLOCK ? 1 : 2;
    lane->padded = TRUE;
    memcpy (lane->tail + lane->n_blocks * BLOCK - LENGTH_BYTES, &bits, LENGTH_BYTES);
}

static void
lane_end (Lane *lane, const State *state, guint index)
{
    char *out = lane->text->md5;
    for (guint w = 0; w < 4; w++)
        g_snprintf (out + 8 * w, 9, "%08x", GUINT32_SWAP_LE_BE (state->word[w][index]));
    lane->text = NULL;
}

/* Gives each lane that has come to an end its next blocks; how many steps all can go together, 0 when all is done. */
static gsize
lanes_fill (Lane *lanes, State *state, XnMd5Text **texts, const XnMd5Text *end)
{
    gsize together = 0;
    for (guint i = 0; i < XN_MD5_LANES; i++) {
        Lane *lane = &lanes[i];
        while (lane->n_blocks == 0) {
            if (lane->text != NULL && !lane->padded)
                lane_pad (lane);
            else if (lane->text != NULL)
                lane_end (lane, state, i);
            else if (*texts < end)
                lane_begin (lane, (*texts)++, state, i);
            else
                break;
        }
        if (lane->n_blocks > 0)
            together = together == 0 ? lane->n_blocks : MIN (together, lane->n_blocks);
    }
    return together;
}

/* An empty lane works along with another one, for nothing. */
static void
lanes_step (Lane *lanes, State *state, gsize n_blocks)
{
    const guint8 *blocks[XN_MD5_LANES];
    const guint8 *any = NULL;
    for (guint i = 0; i < XN_MD5_LANES && any == NULL; i++)
        any = lanes[i].text != NULL ? lanes[i].next : NULL;
    for (guint i = 0; i < XN_MD5_LANES; i++)
        blocks[i] = lanes[i].text != NULL ? lanes[i].next : any;
    compress (state, blocks, n_blocks);
    for (guint i = 0; i < XN_MD5_LANES; i++) {
        if (lanes[i].text == NULL)
            continue;
        lanes[i].next = blocks[i];
        lanes[i].n_blocks -= n_blocks;
    }
}

static void
one_by_one (XnMd5Text *texts, guint n_texts)
{
    for (guint i = 0; i < n_texts; i++) {
        g_autofree char *md5 = g_compute_checksum_for_data (G_CHECKSUM_MD5, texts[i].bytes, texts[i].size);
        g_strlcpy (texts[i].md5, md5, sizeof texts[i].md5);
    }
}

void
xn_md5_many (XnMd5Text *texts, guint n_texts)
{
    if (n_texts < FEW) {
        one_by_one (texts, n_texts);
        return;
    }
    Lane lanes[XN_MD5_LANES] = {0};
    State state;
    memset (&state, 0, sizeof state);
    const XnMd5Text *end = texts + n_texts;
    for (;;) {
        const gsize together = lanes_fill (lanes, &state, &texts, end);
        if (together == 0)
            return;
        lanes_step (lanes, &state, together);
    }
}
