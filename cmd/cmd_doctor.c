#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cmd.h"
#include "flow/doctor.h"
#include "flow/pipeline.h"
#include "refresh_conf.h"
#include "value.h"
#include "vault.h"
#include "verb.h"

enum {
	DAY = 86400,
	AHEAD = 3, /* days */
	AHEAD_MAX = 3660,
};

struct doctor_options {
	struct vault_options vault; /* first */
	size_t ahead;               /* days */
	const char *conf;
};

static int
take_ahead(void *ctx, const char *value, struct err *err)
{
	return value_count(&((struct doctor_options *)ctx)->ahead, value, 0,
	    AHEAD_MAX, err);
}

static int
take_conf(void *ctx, const char *value, struct err *err)
{
	(void)err;
	((struct doctor_options *)ctx)->conf = value;
	return 0;
}

static const struct option_spec specs[] = {
	{ "ahead", 0, "DAYS", NULL, OPTION_ONLY_CLI, "Options",
	    "warn so many days before a list goes stale (3)", take_ahead },
	{ "conf", 0, "FILE", NULL, OPTION_FILE | OPTION_ONLY_CLI, "Options",
	    "the scrub.conf with the lists; else $SCRUB_CONF, else the home's",
	    take_conf },
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_table table = OPTION_TABLE(specs);

static void
line_tell(void *arg, enum doctor_state state, const char *what,
    const char *text)
{
	bool *bad = arg;

	*bad |= state == DOCTOR_BAD;
	printf("%-4s  %-9s  %s\n", doctor_state_name(state), what, text);
}

static void
index_ask(const struct doctor *d, const struct vault *v,
    const struct doctor_options *o)
{
	struct refresh_conf conf = { 0 };
	struct err err;

	if (refresh_conf_read(&conf, o->conf, v->home.conf, &err) < 0) {
		d->tell(d->arg, DOCTOR_BAD, "conf", err.text);
	} else {
		doctor_index(d, v->keys, conf.list, conf.lists,
		    (int64_t)o->ahead * DAY, pipeline_threads());
	}
	refresh_conf_release(&conf);
}

/* What needs the key.  That it cannot be had is a finding, too. */
static void
sealed_ask(const struct doctor *d, struct vault *v,
    const struct doctor_options *o)
{
	struct register_db *db = NULL;
	struct err err;

	if (vault_unlock(v, &o->vault, &err) < 0) {
		d->tell(d->arg, DOCTOR_BAD, "key", err.text);
		return;
	}
	d->tell(d->arg, DOCTOR_OK, "key",
	    keyring_protected(v->keys) ? "under a passphrase" :
					 "not under a passphrase");
	if (register_open(&db, v->home.db, v->keys, REGISTER_INSPECT, &err) <
		0 ||
	    doctor_register(d, db, &err) < 0)
		d->tell(d->arg, DOCTOR_BAD, "register", err.text);
	register_close(db);
	index_ask(d, v, o);
}

static int
doctor_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct doctor_options o = { .ahead = AHEAD };
	struct vault v = { 0 };
	bool bad = false;
	struct doctor d = { .home = &v.home,
		.now = clock_now(),
		.tell = line_tell,
		.arg = &bad };
	int first, there;

	if (option_parse(c->options, argc, argv, &o, &first, err) < 0)
		return -1;
	if (first < argc)
		return err_set(err, ERR_USAGE, "'%s' is too much", argv[first]);
	if (vault_find(&v, &o.vault, err) < 0)
		return -1;
	if ((there = home_exists(&v.home, err)) > 0) {
		doctor_home(&d);
		sealed_ask(&d, &v, &o);
	} else if (there == 0) {
		there = home_check(&v.home, err); /* says that there is none */
	}
	vault_close(&v);
	return there < 0 ? -1 : bad ? EXIT_NO : EXIT_DONE;
}

const struct command command_doctor = {
	.name = "doctor",
	.usage = "scrub doctor [OPTION]...",
	.about = "look whether the home is in good health, and what is due",
	.options = &table,
	.run = doctor_run,
};
