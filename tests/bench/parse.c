/* SPDX-License-Identifier: Apache-2.0 */
/* What yajl alone needs to parse standard input: every callback is there and does nothing. The limit of a listing. */
#include <stdio.h>
#include <yajl/yajl_parse.h>

static char buffer[1 << 16];

static int
nothing (void *context)
{
    return 1;
}

static int
nothing_bool (void *context, int value)
{
    return 1;
}

static int
nothing_text (void *context, const unsigned char *text, size_t length)
{
    return 1;
}

static int
nothing_number (void *context, const char *text, size_t length)
{
    return 1;
}

int
main (void)
{
    static const yajl_callbacks callbacks = {.yajl_null = nothing,
                                             .yajl_boolean = nothing_bool,
                                             .yajl_number = nothing_number,
                                             .yajl_string = nothing_text,
                                             .yajl_start_map = nothing,
                                             .yajl_map_key = nothing_text,
                                             .yajl_end_map = nothing,
                                             .yajl_start_array = nothing,
                                             .yajl_end_array = nothing};
    yajl_handle parser = yajl_alloc (&callbacks, NULL, NULL);
    size_t n;

    while ((n = fread (buffer, 1, sizeof buffer, stdin)) > 0) {
        if (yajl_parse (parser, (const unsigned char *)buffer, n) != yajl_status_ok)
            return 1;
    }
    return yajl_complete_parse (parser) == yajl_status_ok ? 0 : 1;
}
