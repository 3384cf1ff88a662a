#ifndef KIN_DEMO_DEMO_H
#define KIN_DEMO_DEMO_H
/* A street-like data set to try everything on, drawn from a seed: pictures, their annotations by five annotators, and
 * the truth. Nothing in it is from the real world.
 *
 *     README.txt           what this is; marks the folder as a demo
 *     images/000001.jpg .. 480 x 320, by day, dusk and night, from four cameras, in four kinds of weather
 *     instances.json       COCO. Per image: time_of_day, weather, camera, batch. Per annotation: label, box, and in
 *                          `attributes` annotator, occluded, truncated
 *     truth.csv            item,given,truth,verdict,should_be,kind: one row a shape (item = file#annotation id), and
 *                          one a missing shape (item = file). verdict: ok, minor, critical; kind: label, box, missing
 *
 * What is planted (shares of all shapes):
 *   - consistent noise: one annotator calls every skateboarder a pedestrian (about 2.2 %);
 *   - a noisy slice: 1 % of the shapes are labelled motorcycle, half of them are bicycles (0.5 %), mostly one
 *     annotator's and by night;
 *   - here and there: other wrong labels (0.35 %), boxes a third off (0.5 %, minor), shapes without a box (0.1 %).
 * Every other box is within 3 % of its size of what was drawn. */

#include "kin/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kin_demo_options {
    uint32_t pictures; /* 1 .. 100,000 */
    uint64_t seed;     /* the same seed and count give the same files, whatever the number of threads */
    size_t threads;    /* 0: the cores there are */
} kin_demo_options;

#define KIN_DEMO_OPTIONS_INIT                                                                                          \
    {                                                                                                                  \
        2000, 1, 0                                                                                                     \
    }

typedef struct kin_demo_summary {
    uint64_t pictures, shapes;             /* shapes: annotated ones */
    uint64_t pedestrians;                  /* labelled pedestrian, and rightly so */
    uint64_t skateboarders_as_pedestrians; /* the consistent noise */
    uint64_t motorcycles_labelled, motorcycles_wrong;
    uint64_t other_labels, loose_boxes, missing;
    double error_rate; /* all errors / shapes */
    double score;      /* mean over pictures of max(0, 1 - (critical + 0.2 minor) / shapes) */
    const char *skateboarder_annotator, *motorcycle_annotator; /* static */
} kin_demo_summary;

/* Writes the data set into `folder`, which is made where it is missing. A folder that holds anything but an earlier
 * demo is KIN_E_USAGE and stays as it is; an earlier demo is replaced. A stopped run (KIN_E_STOPPED) leaves pictures
 * without annotations, which the next run replaces. */
int kin_demo_write(const char *folder, const kin_demo_options *options, const kin_watch *watch,
                   kin_demo_summary *summary, kin_error *err);

#ifdef __cplusplus
}
#endif
#endif
