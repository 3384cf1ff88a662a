#ifndef KIN_CLI_QUERY_H
#define KIN_CLI_QUERY_H
/* The options that say what to look for, shared by `find` and `job kin`. */

#include "cli/options.h"
#include "kin/search.h"

#define CLI_QUERY_OPTIONS                                                                                              \
    { "like", 0, "ITEM", "also be like this one (may be given several times)" },                                       \
        { "unlike", 0, "ITEM", "and unlike this one (may be given several times)" },                                   \
        { "box", 0, "X,Y,W,H", "look at this part of the one image that is asked for, in pixels" },                    \
        { "label", 0, "L", "only items with this label" },                                                             \
        { "where", 0, "KEY=VALUE", "only items with this attribute (several: all must hold)" },                        \
        { "by", 0, "mistake|looks", "how to rank (default: mistake where it is known what would be right)" },          \
        { "should-be", 0, "LABEL", "what would be right (default: as the verdict on ITEM says)" },                     \
        { "pattern", 0, "P", "instead of ITEM: all known mistakes of it, as 'pedestrian->skateboarder'" },             \
        { "same-label", 0, NULL, "only items with the label of the one asked for (default where it has one)" },        \
        { "any-label", 0, NULL, "whatever the label" }, { "unreviewed", 0, NULL, "only items without a verdict" },     \
        { "assets", 0, NULL, "whole images" },                                                                         \
    {                                                                                                                  \
        "shapes", 0, NULL, "annotated shapes (default: what is asked for)"                                             \
    }

/* --by of find and job kin, DEFAULT where it is not given. */
int cli_ranking(const cli_args *args, kin_ranking *by, kin_error *err);

/* --unit, ANY where it is not given. */
int cli_unit(const cli_args *args, kin_unit *unit, kin_error *err);

/* Label, --where and unit alone. *filter borrows likewise. */
int cli_filter(cli_program *cli, const cli_args *args, kin_item_filter *filter, kin_error *err);

/* What the words and options ask for. *query borrows from args, cli->arena and *box. */
int cli_query(cli_program *cli, const cli_args *args, kin_query *query, kin_box *box, kin_error *err);

#endif
