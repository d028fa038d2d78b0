#include "vault.h"

#include <stdlib.h>
#include <unistd.h>

/* As long as another's short change takes, or a killed one's end. */
enum { WAIT_MS = 1000 };

int
vault_take_home(void *ctx, const char *value, struct err *err)
{
	(void)err;
	((struct vault_options *)ctx)->home = value;
	return 0;
}

int
vault_take_file(void *ctx, const char *value, struct err *err)
{
	return passphrase_take_file(&((struct vault_options *)ctx)->phrase,
	    value, err);
}

int
vault_take_fd(void *ctx, const char *value, struct err *err)
{
	return passphrase_take_fd(&((struct vault_options *)ctx)->phrase, value,
	    err);
}

int
vault_take_by(void *ctx, const char *value, struct err *err)
{
	(void)err;
	((struct vault_options *)ctx)->by = value;
	return 0;
}

int
vault_find(struct vault *v, const struct vault_options *o, struct err *err)
{
	const struct home_env env = {
		.scrub_home = getenv("SCRUB_HOME"),
		.xdg_data_home = getenv("XDG_DATA_HOME"),
		.user_home = getenv("HOME"),
		.root = geteuid() == 0,
	};

	return home_find(&v->home, o->home, &env, err);
}

int
vault_unlock(struct vault *v, const struct vault_options *o, struct err *err)
{
	struct passphrase_from from = o->phrase;
	const struct keyring_asker asker = { passphrase_ask, &from };

	return keyring_open(&v->keys, v->home.key, &asker, err);
}

int
vault_open(struct vault *v, const struct vault_options *o, const char *writer,
    struct err *err)
{
	if (vault_find(v, o, err) < 0 || home_check(&v->home, err) < 0)
		return -1;
	if (writer &&
	    lockfile_take(&v->lock, v->home.lock, writer, WAIT_MS, err) < 0)
		return -1;
	return vault_unlock(v, o, err);
}

void
vault_close(struct vault *v)
{
	keyring_close(v->keys);
	v->keys = NULL;
	lockfile_release(&v->lock);
	home_release(&v->home);
}
