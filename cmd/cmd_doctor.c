#include <stdio.h>

#include "base/clock.h"
#include "cmd.h"
#include "flow/doctor.h"
#include "vault.h"
#include "verb.h"

struct doctor_options {
	struct vault_options vault;
};

static const struct option_spec specs[] = {
	VAULT_OPTIONS("Options"),
	VERB_HELP("Options"),
};

static const struct option_table table = { specs,
	sizeof(specs) / sizeof(*specs) };

static void
line_tell(void *arg, enum doctor_state state, const char *what,
    const char *text)
{
	bool *bad = arg;

	*bad |= state == DOCTOR_BAD;
	printf("%-4s  %-9s  %s\n", doctor_state_name(state), what, text);
}

/* What needs the key.  That it cannot be had is a finding, too. */
static void
register_ask(const struct doctor *d, struct vault *v,
    const struct vault_options *o)
{
	struct register_db *db = NULL;
	struct err err;

	if (vault_unlock(v, o, &err) < 0) {
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
}

static int
doctor_run(int argc, char **argv, struct err *err)
{
	struct doctor_options o = { 0 };
	struct vault v = { 0 };
	bool bad = false;
	struct doctor d = { .home = &v.home,
		.now = clock_now(),
		.tell = line_tell,
		.arg = &bad };
	int first, there;

	if (option_parse(&table, argc, argv, &o, &first, err) < 0)
		return -1;
	if (first < argc)
		return err_set(err, ERR_USAGE, "'%s' is too much", argv[first]);
	if (vault_find(&v, &o.vault, err) < 0)
		return -1;
	if ((there = home_exists(&v.home, err)) > 0) {
		doctor_home(&d);
		register_ask(&d, &v, &o.vault);
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
