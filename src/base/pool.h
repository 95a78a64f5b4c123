/* pool.h: threads that share work for as long as the team lasts. A member without work looks for some
 * for a moment, then sleeps: products follow each other within microseconds, but a thread that spins
 * for long takes the core from the very thread that it waits for when other programs want it too. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/error.h"

struct team;

/* Starts threads - 1 threads; the calling thread is the first of the team. threads >= 1. NULL and err
 * when memory or threads are out. Stop with team_stop. */
struct team *team_start(int threads, struct pg_error *err);
void team_stop(struct team *team);

int team_size(const struct team *team);

/* One item of work: number i, done by a member, 0 to team_size - 1. */
typedef void team_work(void *context, int i, int member);

/* Does items 0 to n - 1 and returns when all are done. Not from within work. Member m begins with the m-th
 * of team_size equal stretches of items, whatever the work, and then does what the others have not begun: so
 * what neighbouring items wrote is mostly in the cache of the member that needs it next. */
void team_run(struct team *team, int n, team_work *work, void *context);

/* The same by a team of so many threads that lasts no longer; by the caller alone where there can be none. */
void team_run_once(int threads, int n, team_work *work, void *context);

#endif
