/*
 * run_settle.c - what becomes of the options of a run once all are known: which
 * home, which register, what time, whether consent is required.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/generations.h"
#include "flow/pipeline.h"
#include "flow/refresh.h"
#include "run_options.h"
#include "store/register.h"
#include "value.h"

/* ---- the home ---- */

/* Is a home named, rather than one found in the usual place? */
static bool
home_named(const struct run_options *r)
{
	const char *env = getenv("SCRUB_HOME");

	return r->vault.home || (env && *env);
}

/* 1: there is one, in *v; 0: there is none, and none was asked for. */
static int
home_look(struct vault *v, const struct run_options *r, struct err *err)
{
	int there;

	if (vault_find(v, &r->vault, err) < 0)
		return home_named(r) ? -1 : 0; /* nothing says where */
	there = home_exists(&v->home, err);
	return there == 0 && home_named(r) ? home_check(&v->home, err) : there;
}

int
run_options_read(struct run_options *r, const struct option_table *t, int argc,
    char **argv, int *first, struct err *err)
{
	int there;

	*r = (struct run_options){
		.vault.home = option_peek(argc, argv, "home"),
		.conf_named = option_peek(argc, argv, "conf"),
		.o = {
			.dedupe = true,
			.max_reject = 50,
			.policy.channel = CHANNEL_VOICE,
			.lists.max_bad = 1,
			.csv.blame = ERR_INPUT,
		},
	};
	there = home_look(&r->home, r, err);
	if (there < 0 ||
	    run_conf_read(r, r->conf_named, there ? r->home.home.conf : NULL,
		err) < 0)
		return -1;
	if (there) /* also when its register is not used */
		r->o.home = &r->home.home;
	return option_parse(t, argc, argv, r, first, err);
}

/* Open the register, unless there is none, or none is wanted. */
static int
register_settle(struct run_options *r, struct err *err)
{
	if (!r->o.home || r->no_register || (r->o.no_lists && !r->vault.home))
		return 0;
	vault_close(&r->home); /* it was only looked for */
	if (vault_open(&r->home, &r->vault,
		r->reserve && !r->o.dry_run ? "scrub run --reserve" : NULL,
		err) < 0)
		return -1;
	r->o.lists.db_path = r->home.home.db;
	return register_open(&r->o.lists.db, r->home.home.db, r->home.keys,
	    REGISTER_READ, err);
}

int
run_options_index(const struct run_options *r, int64_t as_of,
    struct index **out, struct err *err)
{
	struct refresh_conf conf = { 0 };
	struct generations g = { 0 };
	int ret = -1;

	*out = NULL;
	if (!r->o.lists.db)
		return 0; /* no home, or not wanted */
	if (generations_open(&g, &r->home.home, err) < 0 ||
	    refresh_conf_read(&conf, r->conf_named, r->home.home.conf, err) < 0)
		goto out;
	if (conf.lists == 0 && g.n == 0 && !g.broken) {
		ret = 0;
		goto out;
	}
	ret = refresh_open_index(&r->home.home, r->home.keys, conf.list,
	    conf.lists, as_of, out, err);
out:
	generations_close(&g);
	refresh_conf_release(&conf);
	return ret;
}

/* ---- putting it together ---- */

static int
stdin_once(const struct run_options *r, struct err *err)
{
	size_t i, n = 0;

	for (i = 0; i < r->o.inputs; i++)
		n += strcmp(r->o.input[i], "-") == 0;
	for (i = 0; i < r->o.lists.specs; i++)
		n += strcmp(r->spec[i].path, "-") == 0;
	return n < 2 ? 0 :
		       err_set(err, ERR_USAGE,
			   "standard input (-) can be "
			   "only one of the files");
}

/* Among those that came from feeds. */
static bool
index_has(const struct index *ix, enum list_kind kind)
{
	const struct index_about *a = index_about(ix);
	size_t i;

	for (i = 0; i < a->lists; i++)
		if (!a->list[i].in_register && a->list[i].kind == kind)
			return true;
	return false;
}

static bool
has_kind(const struct run_options *r, enum list_kind kind)
{
	size_t i;

	for (i = 0; i < r->o.lists.specs; i++)
		if (r->spec[i].kind == kind)
			return true;
	return r->o.lists.index && index_has(r->o.lists.index, kind);
}

static int
time_settle(struct run_options *r, struct err *err)
{
	struct policy *p = &r->o.policy;

	if (zone_open(&p->zone, r->tz, err) < 0)
		return err_in(err, "--tz");
	if (value_time(&p->as_of, r->as_of ? r->as_of : "now", p->zone, err) <
	    0)
		return err_in(err, "--as-of");
	policy_prepare(p);
	return 0;
}

/* A cap without calls would hold nobody back: that is not what was asked. */
static int
policy_check(const struct run_options *r, struct err *err)
{
	if (r->reserve && !r->o.lists.db) {
		err_set(err, ERR_USAGE,
		    "--reserve books calls in a register, and there is none");
		return err_hint(err,
		    "'scrub init' makes one; --home DIR says where it is");
	}
	if (r->o.policy.caps == 0 || r->o.lists.db || has_kind(r, LIST_CALLS))
		return 0;
	err_set(err, ERR_LIST, "--cap has no calls to count");
	return err_hint(err, "give the call log with --calls FILE");
}

/*
 * Consents in the register are asked for as those of a file are.  Ended and
 * withdrawn ones count, too, and none is ever taken out: once there was one,
 * consent is required.
 */
static bool
register_has_consents(const struct run_options *r)
{
	uint64_t n[OVERLAY_LISTS];

	if (!r->o.lists.db)
		return false;
	overlay_count(r->o.lists.db, n);
	return n[OVERLAY_CONSENT] > 0;
}

bool
run_options_consent(const struct run_options *r)
{
	if (r->consent_said)
		return r->o.policy.consent_required;
	return has_kind(r, LIST_CONSENT) || r->o.expires_column ||
	    r->o.granted_column || register_has_consents(r);
}

int
run_options_settle(struct run_options *r, struct err *err)
{
	struct scrub_options *o = &r->o;

	o->column = (const char *const *)r->column.s;
	o->columns = r->column.n;
	o->lists.spec = r->spec;
	o->lists.map = r->map;
	o->lists.date_format = r->format;
	o->lists.header = r->header;
	if (o->threads == 0)
		o->threads = pipeline_threads();
	o->lists.threads = o->threads;
	o->lists.rules = o->rules;
	o->lists.policy = &o->policy;
	if (register_settle(r, err) < 0 || time_settle(r, err) < 0 ||
	    run_options_index(r, o->policy.as_of, &o->lists.index, err) < 0)
		return -1;
	o->policy.consent_required = run_options_consent(r);
	return stdin_once(r, err) < 0 ? -1 : policy_check(r, err);
}

int
run_options_finish(struct run_options *r, char **input, size_t inputs,
    struct err *err)
{
	if (inputs == 0) {
		err_set(err, ERR_USAGE, "there is no campaign list to screen");
		return err_hint(err,
		    "scrub FILE, or - for standard input; "
		    "'scrub run --help' says more");
	}
	r->o.input = (const char *const *)input;
	r->o.inputs = inputs;
	if (r->o.home &&
	    refresh_conf_read(&r->feeds, r->conf_named, r->home.home.conf,
		err) < 0)
		return -1;
	r->o.fed = r->feeds.list;
	r->o.feds = r->feeds.lists;
	r->o.lists.persons = r->o.person_column != NULL;
	return run_options_settle(r, err);
}

void
run_options_release(struct run_options *r)
{
	size_t i;

	for (i = 0; i < r->kept.n; i++)
		free(r->kept.s[i]);
	free(r->kept.s);
	free(r->column.s);
	free(r->spec);
	free(r->map);
	free(r->format);
	free(r->header);
	refresh_conf_release(&r->feeds);
	register_close(r->o.lists.db);
	index_close(r->o.lists.index);
	vault_close(&r->home);
	zone_close(r->o.policy.zone);
	*r = (struct run_options){ 0 };
}
