#include "base/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* The first signal that asked us to stop.  An atomic and not a sig_atomic_t:
 * the thread that asks need not be the one that took the signal. */
static atomic_int caught;

static void
note(int sig)
{
	int none = 0;

	atomic_compare_exchange_strong(&caught, &none, sig);
}

/* What was ignored when we started (nohup, a job of a script) stays so. */
static void
catch_one(int sig)
{
	struct sigaction sa = { .sa_handler = note }, old;

	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	/* No SA_RESTART: a read that waits has to return and ask. */
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void
interrupt_catch(void)
{
	catch_one(SIGINT);
	catch_one(SIGTERM);
	catch_one(SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

int
interrupt_pending(void)
{
	return atomic_load_explicit(&caught, memory_order_relaxed);
}

int
interrupt_check(struct err *err)
{
	if (!interrupt_pending())
		return 0;
	return err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void
mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(how, &set, NULL);
}

void
interrupt_hold(void)
{
	mask(SIG_BLOCK);
}

void
interrupt_let(void)
{
	mask(SIG_UNBLOCK);
}

void
interrupt_die(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}
