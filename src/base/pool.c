/* pool.c: see pool.h. The members meet at a round number: it goes up when there is work. Every member has a
 * stretch of the items to begin with, and helps with the others' when it is done. */
#include "base/pool.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Looks for work, or for the end of it, before sleeping: some 200 microseconds, a little more than
 * going to sleep and waking up takes. */
enum { LOOKS = 10000 };

/* The items that a member begins a round with, on a cache line of its own. */
struct stretch {
    _Alignas(64) atomic_int next; /* the first item that nobody has taken */
    int end;
};

struct member {
    struct team *team;
    int number;
    pthread_t thread;
};

struct team {
    int size;
    struct member *members; /* the first is the caller of team_run, without a thread here */
    struct stretch *stretches;
    pthread_mutex_t lock;
    pthread_cond_t work_is_there, work_is_done;

    team_work *work; /* of this round; NULL: the team stops */
    void *context;
    atomic_uint round;
    atomic_int working; /* members that have not finished this round, without the first */
};

/* A hint to the processor that this is a wait. */
static void look_away(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* Does what nobody has taken: of the member's own stretch, then of the others'. */
static void take_items(struct team *team, int member) {
    for (int m = 0; m < team->size; m++) {
        struct stretch *stretch = &team->stretches[(member + m) % team->size];
        for (int i; (i = atomic_fetch_add(&stretch->next, 1)) < stretch->end;)
            team->work(team->context, i, member);
    }
}

/* Returns when the round is another one than `seen`. */
static void await_round(struct team *team, unsigned seen) {
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load(&team->round) != seen) return;
        look_away();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->round) == seen) pthread_cond_wait(&team->work_is_there, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

static void await_others(struct team *team) {
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load(&team->working) == 0) return;
        look_away();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->working) != 0) pthread_cond_wait(&team->work_is_done, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

static void deal_items(struct team *team, int n) {
    for (int m = 0; m < team->size; m++) {
        atomic_store(&team->stretches[m].next, (int)((long)n * m / team->size));
        team->stretches[m].end = (int)((long)n * (m + 1) / team->size);
    }
}

static void begin_round(struct team *team) {
    atomic_store(&team->working, team->size - 1);
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->round, 1);
    pthread_cond_broadcast(&team->work_is_there);
    pthread_mutex_unlock(&team->lock);
}

static void *live(void *argument) {
    const struct member *self = argument;
    struct team *team = self->team;
    for (unsigned round = 0;; round++) {
        await_round(team, round);
        if (!team->work) return NULL;
        take_items(team, self->number);
        if (atomic_fetch_sub(&team->working, 1) > 1) continue;
        pthread_mutex_lock(&team->lock);
        pthread_cond_signal(&team->work_is_done);
        pthread_mutex_unlock(&team->lock);
    }
}

struct team *team_start(int threads, struct pg_error *err) {
    struct team *team = allocate(1, sizeof *team, err);
    if (!team) return NULL;
    team->size = 1;
    team->members = allocate((size_t)threads, sizeof *team->members, err);
    team->stretches = allocate((size_t)threads, sizeof *team->stretches, err);
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->work_is_there, NULL);
    pthread_cond_init(&team->work_is_done, NULL);
    for (int i = 1; team->members && team->stretches && i < threads; i++) {
        struct member *member = &team->members[i];
        *member = (struct member){.team = team, .number = i};
        const int why = pthread_create(&member->thread, NULL, live, member);
        if (why) {
            fail(err, "thread %d of %d cannot be started: %s", i + 1, threads, strerror(why));
            break;
        }
        team->size++;
    }
    if (team->members && team->stretches && team->size == threads) return team;
    team_stop(team);
    return NULL;
}

void team_stop(struct team *team) {
    if (!team) return;
    team->work = NULL;
    begin_round(team);
    for (int i = 1; i < team->size; i++) pthread_join(team->members[i].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->work_is_there);
    pthread_cond_destroy(&team->work_is_done);
    free(team->members);
    free(team->stretches);
    free(team);
}

int team_size(const struct team *team) {
    return team->size;
}

void team_run(struct team *team, int n, team_work *work, void *context) {
    if (team->size == 1 || n <= 1) {
        for (int i = 0; i < n; i++) work(context, i, 0);
        return;
    }
    team->work = work;
    team->context = context;
    deal_items(team, n);
    begin_round(team);
    take_items(team, 0);
    await_others(team);
}

void team_run_once(int threads, int n, team_work *work, void *context) {
    struct pg_error ignored;
    struct team *team = threads > 1 ? team_start(threads, &ignored) : NULL;
    if (team)
        team_run(team, n, work, context);
    else
        for (int i = 0; i < n; i++) work(context, i, 0);
    team_stop(team);
}
