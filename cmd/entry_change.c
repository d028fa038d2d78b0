#include "entry_change.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd.h"
#include "confirm.h"
#include "flow/mask.h"
#include "lines.h"

/* Subjects as they were asked for. */
struct change {
	const struct entry_change *c;
	struct entry_options *o;
	uint64_t *key;
	size_t n, cap;
	size_t bad, wildcards, named;
	struct register_db *db;
	uint64_t outcome[REGISTER_OUTCOMES];
	struct buf out;
	struct json json;
};

/* ---- numbers ---- */

static int
key_add(struct change *ch, uint64_t key, struct err *err)
{
	uint64_t *grown;

	if (ch->n == ch->cap) {
		ch->cap = ch->cap ? 2 * ch->cap : 64;
		grown = reallocarray(ch->key, ch->cap, sizeof(*grown));
		if (!grown)
			return err_nomem(err);
		ch->key = grown;
	}
	ch->key[ch->n++] = key;
	return 0;
}

static int
wildcard_add(struct change *ch, const uint64_t *prefix, size_t n,
    struct err *err)
{
	size_t i;

	ch->wildcards += n;
	for (i = 0; i < n; i++)
		if (key_add(ch, subject_prefix(prefix[i]), err) < 0)
			return -1;
	return 0;
}

/* Without a country code the digits may mean two numbers: an entry that
 * forbids is about both, as on a list. */
static int
cell_add(struct change *ch, const struct number_cell *cell, struct err *err)
{
	uint64_t other;
	size_t i;

	for (i = 0; i < cell->count; i++) {
		other = ch->c->kind == FACT_DNC ?
		    number_other_reading(&cell->number[i]) :
		    0;
		if (key_add(ch, cell->number[i].key, err) < 0 ||
		    (other && key_add(ch, other, err) < 0))
			return -1;
	}
	return 0;
}

/* One operand, or one line of standard input. */
static int
number_take(void *arg, struct span s, struct err *err)
{
	struct change *ch = arg;
	struct number_cell cell;
	uint64_t prefix[2];
	char shown[MASK_MAX];
	size_t n;

	s = span_trim(s);
	if (s.n == 0)
		return 0;
	ch->named++;
	number_parse(&cell, s, &ch->o->rules);
	if (number_readable(&cell))
		return cell_add(ch, &cell, err);
	n = number_wildcard(prefix, s, &ch->o->rules);
	if (n > 0 && ch->c->wildcards)
		return wildcard_add(ch, prefix, n, err);
	ch->bad++;
	mask_text(shown, s);
	fprintf(stderr, "scrub: %s: %s\n", shown,
	    n > 0 ? "a wildcard can only be on the do-not-call list" :
		    number_status_name((enum number_status)cell.status));
	return 0;
}

static int
numbers_read(struct change *ch, int argc, char **argv, struct err *err)
{
	const char *file = ch->o->note_file;
	bool piped = false;
	int i;

	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "-") != 0) {
			if (number_take(ch, span_str(argv[i]), err) < 0)
				return -1;
			continue;
		}
		if (piped || (file && strcmp(file, "-") == 0))
			return err_set(err, ERR_USAGE,
			    "standard input (-) can be read only once");
		piped = true;
		if (lines_read(number_take, ch, err) < 0)
			return -1;
	}
	return 0;
}

static int
numbers_check(const struct change *ch, struct err *err)
{
	if (ch->bad && (!ch->o->skip_bad || ch->n == 0)) {
		err_set(err, ERR_INPUT,
		    "%zu of %zu numbers cannot be read; nothing was changed",
		    ch->bad, ch->named);
		return err_hint(err, "%s%s",
		    ch->o->rules.region == REGION_NONE ?
			"numbers without a country code need --region CC; " :
			"",
		    ch->n ? "--skip-bad goes on without them" :
			    "write them as in +8613800000000");
	}
	if (ch->n == 0 && (!ch->o->person || ch->c->link)) {
		err_set(err, ERR_USAGE, "%s: a number is missing",
		    ch->c->command);
		return err_hint(err, "- reads them from standard input");
	}
	return 0;
}

/* ---- asking ---- */

static int
ask(const struct change *ch, int *status, struct err *err)
{
	char question[256], prefix[MASK_MAX];
	size_t i, n = ch->n ? ch->n : 1;
	int ret = 1;

	*status = EXIT_NO;
	if (ch->o->dry_run)
		return 1;
	if (ch->c->question) {
		snprintf(question, sizeof(question), "%s %zu %s%s?",
		    ch->c->question, n,
		    ch->n == 0 ? "person" :
			n == 1 ? "number" :
				 "numbers",
		    ch->c->question_end ? ch->c->question_end : "");
		return confirm(ch->o->yes, question, err);
	}
	for (i = 0; ret == 1 && ch->wildcards && i < ch->n; i++) {
		if (subject_is_number(ch->key[i]))
			continue;
		mask_nothing(prefix, ch->key[i]);
		snprintf(question, sizeof(question),
		    "block every number that begins with %.*s?",
		    (int)strlen(prefix) - 1, prefix);
		ret = confirm(ch->o->yes, question, err);
	}
	return ret;
}

/* ---- changing ---- */

/* A consent that stands already is the one that is meant. */
struct given {
	const struct register_entry *e;
	int64_t now;
	int64_t given;
	int64_t withdrawn;  /* but for one that is still to come */
	int64_t expires_at; /* of the one given last */
};

static int
given_look(void *arg, const struct register_fact *f, struct err *err)
{
	struct given *g = arg;
	const struct register_entry *e = &f->entry;

	(void)err;
	if (e->kind == FACT_WITHDRAWN && e->at > g->withdrawn &&
	    (e->at <= g->now || f->recorded_at >= g->now))
		g->withdrawn = e->at;
	if (e->kind == FACT_CONSENT && !f->via && e->at > g->given &&
	    (e->expires_at == CLOCK_NEVER || e->expires_at > g->now) &&
	    e->effective_at == g->e->effective_at &&
	    e->channel == g->e->channel && span_eq(e->topic, g->e->topic) &&
	    span_eq(e->campaign, g->e->campaign)) {
		g->given = e->at;
		g->expires_at = e->expires_at;
	}
	return 0;
}

/* When a consent is given without --at: what stands, else now. */
static int
grant_settle(struct change *ch, struct register_entry *e, struct err *err)
{
	struct given g = { .e = e, .now = ch->o->now };

	if (register_find(ch->db, &e->subject, given_look, &g, err) < 0)
		return -1;
	e->at = ch->o->now;
	if (g.given > g.withdrawn) {
		e->at = g.given;
		if (!ch->o->expires) /* not longer than was said */
			e->expires_at = g.expires_at;
	} else if (g.withdrawn >= ch->o->now) {
		/* or what was taken back just now takes it too */
		e->at = g.withdrawn + 1;
	}
	return 0;
}

/* When a consent was given, or withdrawn: --at, else what stands, else now. */
static int
moments_settle(struct change *ch, struct register_entry *e, int64_t *later,
    struct err *err)
{
	const struct clock_time *t = &ch->o->said_at;
	struct entry_moments when;

	*later = 0;
	if (ch->o->at) {
		e->at = t->from;
		/* a day that has passed takes back what was given in it */
		if (e->kind == FACT_WITHDRAWN && t->whole_day &&
		    t->from <= ch->o->now)
			e->at = t->to - 1 < ch->o->now ? t->to - 1 : ch->o->now;
		return 0;
	}
	if (e->kind == FACT_CONSENT)
		return grant_settle(ch, e, err);
	if (entry_withdrawal_at(ch->db, e, ch->o->now, &when, err) < 0)
		return -1;
	e->at = when.at;
	*later = when.later;
	return 0;
}

/* Add a consent or a withdrawal; one of two moments is new if either is. */
static int
consent_change(struct change *ch, struct register_entry *e,
    enum register_outcome *outcome, struct err *err)
{
	enum register_outcome first;
	int64_t later;

	if (moments_settle(ch, e, &later, err) < 0 ||
	    register_add(ch->db, e, outcome, err) < 0)
		return -1;
	if (!later)
		return 0;
	first = *outcome;
	e->at = later;
	if (register_add(ch->db, e, outcome, err) < 0)
		return -1;
	if (*outcome == REGISTER_KNOWN)
		*outcome = first;
	return 0;
}

static void
subject_text(const struct change *ch, const struct register_entry *e,
    char out[MASK_MAX])
{
	uint64_t key = e->number ? e->number : e->subject.key;

	if (!key)
		mask_person(out, e->subject.person);
	else if (ch->o->reveal)
		mask_nothing(out, key);
	else
		mask_number(out, key);
}

static void
outcome_tell(struct change *ch, const struct register_entry *e,
    enum register_outcome outcome)
{
	char shown[MASK_MAX];
	struct buf *b = &ch->out;
	bool person = !e->number && !e->subject.key;

	ch->outcome[outcome]++;
	subject_text(ch, e, shown);
	if (ch->o->json) {
		json_object(&ch->json, NULL);
		if (person && ch->o->reveal)
			json_span(&ch->json, "person", e->subject.person);
		else
			json_str(&ch->json, person ? "person" : "number",
			    shown);
		json_str(&ch->json, "outcome", register_outcome_name(outcome));
		json_end(&ch->json);
		return;
	}
	if (person && ch->o->reveal)
		buf_addspan(b, e->subject.person);
	else
		buf_adds(b, shown);
	buf_addf(b, "\t%s\n", register_outcome_name(outcome));
}

static int
entry_change(struct change *ch, const struct register_entry *asked,
    struct err *err)
{
	struct register_entry it = *asked, *e = &it;
	enum register_outcome outcome;
	struct register_audit reveal = {
		.author = e->origin.author,
		.action = SPAN("reveal"),
		.subject = e->subject,
		.detail = SPAN("{}"),
	};
	int ret;

	if (ch->c->remove)
		ret = register_remove(ch->db, e, entry_why(ch->o), &outcome,
		    err);
	else if (e->kind == FACT_CONSENT || e->kind == FACT_WITHDRAWN)
		ret = consent_change(ch, e, &outcome, err);
	else
		ret = register_add(ch->db, e, &outcome, err);
	if (ret < 0)
		return -1;
	if (ch->o->reveal && register_audit_add(ch->db, &reveal, err) < 0)
		return -1;
	outcome_tell(ch, e, outcome);
	return 0;
}

static int
change_all(struct change *ch, struct err *err)
{
	struct register_entry e = ch->o->entry;
	struct span person = ch->o->person ? span_str(ch->o->person) :
					     span_of("", 0);
	size_t i;

	e.kind = ch->c->kind;
	for (i = 0; i < ch->n; i++) {
		if (ch->c->link) {
			e.subject.person = person;
			e.number = ch->key[i];
		} else {
			e.subject.key = ch->key[i];
		}
		if (entry_change(ch, &e, err) < 0)
			return -1;
	}
	if (!person.n || ch->c->link || (ch->n && !ch->c->person_too))
		return 0;
	e.subject = (struct register_subject){ 0, person };
	return entry_change(ch, &e, err);
}

static int
change_write(struct change *ch, const struct vault *v, struct err *err)
{
	int ret;

	if (register_open(&ch->db, v->home.db, v->keys, REGISTER_WRITE, err) <
		0 ||
	    register_begin(ch->db, ch->o->now, err) < 0)
		return -1;
	ret = change_all(ch, err);
	if (ret == 0)
		ret = buf_check(&ch->out, err);
	if (ret == 0 && !ch->o->dry_run)
		ret = register_commit(ch->db, err);
	return ret;
}

/* ---- telling ---- */

static void
json_begin(struct change *ch)
{
	struct json *j = &ch->json;

	*j = (struct json){ .out = &ch->out };
	json_object(j, NULL);
	json_str(j, "schema", "scrub.change/1");
	json_str(j, "kind", register_kind_name(ch->c->kind));
	json_str(j, "action", ch->c->remove ? "remove" : "add");
	json_bool(j, "dry_run", ch->o->dry_run);
	json_array(j, "results");
}

static void
json_finish(struct change *ch)
{
	static const char *const names[REGISTER_OUTCOMES] = { "new", "known",
		"changed", "removed", "not_there", "refused" };
	size_t i;

	json_end(&ch->json);
	for (i = 0; i < REGISTER_OUTCOMES; i++)
		json_u64(&ch->json, names[i], ch->outcome[i]);
	json_u64(&ch->json, "unreadable", ch->bad);
	json_end(&ch->json);
	buf_addc(&ch->out, '\n');
}

static int
change_tell(struct change *ch, struct err *err)
{
	if (ch->o->json)
		json_finish(ch);
	if (buf_check(&ch->out, err) < 0)
		return -1;
	fwrite(ch->out.p, 1, ch->out.n, stdout);
	if (ch->o->dry_run)
		fputs("scrub: nothing was changed (--dry-run)\n", stderr);
	if (ch->outcome[REGISTER_REFUSED] == 0)
		return EXIT_DONE;
	fprintf(stderr,
	    "scrub: a permanent block%s stays unless --reason says why it "
	    "goes and --approved-by names somebody other than --by\n",
	    ch->c->link ? " of the person" : "");
	return EXIT_NO;
}

/* ---- together ---- */

static int
change_do(struct change *ch, struct vault *v, int argc, char **argv,
    struct err *err)
{
	int status;

	if (ch->c->link) {
		if (argc == 0)
			return err_set(err, ERR_USAGE,
			    "%s: a customer id is missing", ch->c->command);
		ch->o->person = argv[0];
		argc--;
		argv++;
	}
	if (ch->o->person && span_trim(span_str(ch->o->person)).n == 0)
		return err_set(err, ERR_USAGE, "a customer id is empty");
	if (numbers_read(ch, argc, argv, err) < 0 || numbers_check(ch, err) < 0)
		return -1;
	switch (ask(ch, &status, err)) {
	case -1:
		return -1;
	case 0:
		return status;
	}
	if (ch->o->json)
		json_begin(ch);
	if (change_write(ch, v, err) < 0)
		return -1;
	return change_tell(ch, err);
}

int
entry_change_run(const struct command *c, int argc, char **argv,
    struct err *err)
{
	const struct entry_change *what = c->what;
	struct entry_options o;
	struct vault v = { 0 };
	struct change ch = { .c = what, .o = &o, .out = BUF_INIT(SIZE_MAX) };
	int first, ret = -1;

	entry_options_begin(&o);
	if (option_parse(c->options, argc, argv, &o, &first, err) == 0 &&
	    vault_open(&v, &o.vault, what->command, err) == 0 &&
	    entry_options_settle(&o, &v.home, what->remove, err) == 0)
		ret = change_do(&ch, &v, argc - first, argv + first, err);
	register_close(ch.db);
	free(ch.key);
	buf_release(&ch.out);
	vault_close(&v);
	entry_options_release(&o);
	return ret;
}
