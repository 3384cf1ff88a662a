/* Skateboarders: sideways on the board, knees bent, arms out; rolling, pushing, turning or in the air. */

#include "demo/figure.h"

#include <math.h>

static const double thigh = 0.245, shank = 0.235, trunk = 0.29, upper_arm = 0.165, fore_arm = 0.16;

static const kin_rgb decks[] = { { 0.82, 0.55, 0.25 }, { 0.80, 0.20, 0.20 }, { 0.20, 0.20, 0.22 },
                                 { 0.25, 0.55, 0.70 }, { 0.85, 0.75, 0.20 }, { 0.45, 0.65, 0.30 } };
static const kin_rgb wheels[] = { { 0.92, 0.90, 0.82 }, { 0.90, 0.45, 0.20 }, { 0.30, 0.70, 0.60 } };

#define PICK(rng, palette) kin_pick_colour(rng, palette, sizeof(palette) / sizeof *(palette))

typedef enum trick { ROLL, PUSH, TURN, JUMP } trick;

typedef struct stance {
    trick what;
    double crouch; /* the hips' height over the deck */
    double lean;   /* of the trunk; forward (to +x) is positive */
    double shift;  /* of the hips along the board */
    double tilt;   /* of the board, radians */
    double air;    /* height of the board over the ground */
    double spread; /* between the feet */
    double arm[2]; /* radians over the horizontal, rear and front */
} stance;

/* The deck's middle is `deck` over the wheels' ground. Units: body heights. */
static const double deck = 0.062, half_length = 0.27;

static void draw_board(kin_canvas *canvas, kin_rng *rng, const stance *s)
{
    kin_rgb colour = PICK(rng, decks), wheel = PICK(rng, wheels);
    kin_matrix before = canvas->matrix;
    kin_canvas_translate(canvas, 0, s->air);
    kin_canvas_rotate(canvas, s->tilt);
    for (int side = -1; side <= 1; side += 2) {
        kin_canvas_rect(canvas, side * 0.165 - 0.012, 0.03, side * 0.165 + 0.012, deck - 0.01);
        kin_fill(canvas, (kin_rgb) { 0.55, 0.56, 0.58 });
        kin_canvas_ellipse(canvas, side * 0.165, 0.03, 0.03, 0.03);
        kin_fill(canvas, wheel);
        kin_canvas_ellipse(canvas, side * 0.165, 0.03, 0.011, 0.011);
        kin_fill(canvas, kin_shade(wheel, 0.4));
    }
    kin_canvas_smooth(canvas,
                      (kin_point[]) { { -half_length, deck + 0.045 },
                                      { -0.2, deck + 0.008 },
                                      { 0, deck + 0.004 },
                                      { 0.2, deck + 0.008 },
                                      { half_length, deck + 0.045 },
                                      { half_length, deck + 0.025 },
                                      { 0.2, deck - 0.016 },
                                      { 0, deck - 0.02 },
                                      { -0.2, deck - 0.016 },
                                      { -half_length, deck + 0.025 } },
                      10);
    kin_fill_upright(canvas, kin_shade(colour, 0.75), kin_shade(colour, 1.1), 0, 2 * deck);
    canvas->matrix = before;
}

/* A place on the deck, `along` it, `above` it. */
static kin_point on_deck(const stance *s, double along, double above)
{
    double c = cos(s->tilt), n = sin(s->tilt), y = deck + above;
    return (kin_point) { along * c - y * n, s->air + along * n + y * c };
}

static void take_stance(kin_rng *rng, stance *s)
{
    double kind = kin_rng_uniform(rng);
    *s = (stance) { .what = kind < 0.50 ? ROLL : kind < 0.64 ? PUSH : kind < 0.84 ? TURN : JUMP };
    s->crouch = kin_between(rng, 0.29, 0.35);
    s->lean = kin_between(rng, -0.05, 0.18);
    s->shift = kin_between(rng, -0.015, 0.015);
    s->spread = kin_between(rng, 0.155, 0.18);
    s->arm[0] = kin_between(rng, -0.05, 0.35);
    s->arm[1] = kin_between(rng, -0.05, 0.35);
    switch (s->what) {
    case ROLL:
        break;
    case PUSH:
        s->crouch = kin_between(rng, 0.34, 0.38);
        s->lean = kin_between(rng, 0.1, 0.28);
        s->shift = 0.03;
        break;
    case TURN:
        s->tilt = kin_between(rng, -0.12, 0.12);
        s->lean = kin_between(rng, -0.2, 0.2);
        s->air = 0.25 * fabs(sin(s->tilt));
        break;
    case JUMP:
        s->tilt = kin_between(rng, -0.22, 0.28);
        s->air = kin_between(rng, 0.10, 0.30);
        s->crouch = kin_between(rng, 0.26, 0.32);
        s->arm[0] += 0.1;
        s->arm[1] += 0.1;
        break;
    }
}

static void draw_arm(kin_canvas *canvas, const kin_person *p, kin_point neck, const stance *s, int which, double shade)
{
    double side = which ? 1 : -1;
    kin_point shoulder = { neck.x + side * 0.075 * p->build, neck.y - 0.035 };
    double reach = 0.95 * (upper_arm + fore_arm);
    kin_point hand = { shoulder.x + side * reach * cos(s->arm[which]), shoulder.y + reach * sin(s->arm[which]) };
    kin_person_arm(canvas, p, (kin_limb) { shoulder, hand, upper_arm, fore_arm, side }, shade);
}

void kin_draw_skateboarder(kin_canvas *canvas, uint64_t seed)
{
    kin_rng rng;
    kin_person p;
    stance s;
    kin_rng_seed(&rng, seed);
    kin_person_draw_up(&rng, &p);
    p.build *= 0.95;
    p.dress = kin_chance(&rng, 0.4) ? KIN_SHORTS : KIN_TROUSERS;
    p.sleeves = kin_chance(&rng, 0.45);
    p.hat = (kin_hat)kin_rng_below(&rng, 4);
    take_stance(&rng, &s);
    kin_facing facing = kin_chance(&rng, 0.65) ? KIN_FACING_FRONT : KIN_FACING_BACK;
    kin_canvas_scale(canvas, p.height, p.height);

    kin_point rear = on_deck(&s, -s.spread, 0.042), front = on_deck(&s, s.spread, 0.042);
    if (s.what == PUSH)
        rear = (kin_point) { -kin_between(&rng, 0.2, 0.34), 0.05 };
    kin_point middle = on_deck(&s, 0, 0);
    kin_point hip = { middle.x * 0.5 + s.shift, middle.y + s.crouch };
    kin_point neck = { hip.x + trunk * sin(s.lean), hip.y + trunk * cos(s.lean) };
    kin_point head = { neck.x + 0.095 * sin(s.lean), neck.y + 0.095 * cos(s.lean * 0.6) };
    draw_board(canvas, &rng, &s);
    draw_arm(canvas, &p, neck, &s, 0, 0.75);
    kin_person_leg(canvas, &p, (kin_limb) { { hip.x - 0.04, hip.y }, rear, thigh, shank, -1 }, 0.85, -0.6);
    kin_person_leg(canvas, &p, (kin_limb) { { hip.x + 0.04, hip.y }, front, thigh, shank, 1 }, 1, 0.6);
    kin_person_torso(canvas, &p, hip, neck, 0.08);
    kin_person_head(canvas, &p, head, facing);
    draw_arm(canvas, &p, neck, &s, 1, 0.95);
}
