#ifndef KIN_CLI_INDEX_RUN_H
#define KIN_CLI_INDEX_RUN_H
/* What describing a data set is like from the command line, whoever does the work. */

#include "cli/cli.h"

#define CLI_INDEX_OPTIONS                                                                                              \
    { "annotations", 0, "PATH", "annotations to read (may be given several times; default: as last time, else found)" },\
    { "format", 0, "coco|yolo|voc|cvat|labelstudio|jsonl|openimages|csv|folders",                                      \
      "what they are (default: told by the content)" },                                                                \
    { "label-column", 0, "C", "CSV, JSON Lines: the column or key that holds the label" },                             \
    { "no-annotations", 0, NULL, "images only" },                                                                      \
    { "strict", 0, NULL, "end at the first entry that cannot be taken" },                                              \
    { "model", 0, "NAME|DIR",                                                                                          \
      "the descriptor: classic, efficientnet-lite0, or a folder with model.onnx (default: as last time, "              \
      "else efficientnet-lite0 where it is there)" },                                                                  \
    { "embeddings", 0, "FILE", "vectors of your own in place of a descriptor: .npy or .fvecs, with --rows" },          \
    { "rows", 0, "CSV",                                                                                                \
      "which item each row of --embeddings is: columns path and, for shapes, shape, in the order of the rows; or in "  \
      "any "                                                                                                           \
      "order with a column row, where 0 is the first" },                                                               \
    { "precision", 0, "float|int8",                                                                                    \
      "what a neural model computes in: float, or int8, several times faster and nearly the same (default: as last "   \
      "time, "                                                                                                         \
      "else int8 where the model is calibrated for it and this processor gains by it)" },                              \
    { "margin", 0, "M", "share of a box to look at beyond each side, 0 to 2 (default: as last time, else 0.1)" },      \
    { "threads", 0, "N", "workers (default: one a core)" },                                                            \
    { "max-pixels", 0, "N", "pass over images with more pixels" },                                                     \
    { "max-bytes", 0, "N", "pass over image files with more bytes" }

typedef int (*cli_index)(void *user, kin_workspace *workspace, const kin_describe_options *options,
                         const kin_watch *watch, kin_describe_summary *summary, kin_error *err);

/* The run of a command that declares CLI_INDEX_OPTIONS: index() does the work. Prints what came of it. */
int cli_index_run(cli_program *cli, const cli_args *args, cli_index index, void *user, kin_error *err);

/* The keys of its --json. */
#define CLI_INDEX_KEYS                                                                                                 \
    "folder, model, precision, annotations, files, shapes_read, rejects, added, changed, gone, described, failed, "    \
    "assets, unreadable, shapes, threads, and seconds of wall time as scan_, import_, describe_ and base_seconds, and " \
    "summed over workers as read_, decode_, vector_ and store_seconds"

#endif
