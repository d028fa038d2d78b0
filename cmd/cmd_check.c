#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd.h"
#include "flow/check.h"
#include "flow/generations.h"
#include "flow/mask.h"
#include "flow/refresh.h"
#include "lines.h"
#include "run_options.h"

enum { NUMBER_SHOWN = 128 };

struct checking {
	struct run_options *r;
	struct check check;
	struct buf out;
	bool refused; /* any so far */
};

/* The number as it is shown; what is none, as the text it was. */
static void
number_text(char out[NUMBER_SHOWN], const struct checking *c,
    const struct check_answer *a)
{
	size_t i;

	if (a->number && c->r->reveal)
		mask_nothing(out, a->number->key);
	else if (a->number)
		mask_number(out, a->number->key);
	else if (!c->r->reveal)
		mask_text(out, a->text);
	else
		snprintf(out, NUMBER_SHOWN, "%.*s", (int)a->text.n, a->text.p);
	for (i = 0; out[i]; i++)
		if ((unsigned char)out[i] < ' ')
			out[i] = '?'; /* one line, three columns */
}

static void
answer_line(struct checking *c, const struct check_answer *a)
{
	char number[NUMBER_SHOWN];

	number_text(number, c, a);
	buf_adds(&c->out, number);
	buf_addc(&c->out, '\t');
	check_reasons(&c->out, a);
	buf_addc(&c->out, '\t');
	check_detail(&c->out, &c->check, a, verdict_headline(&a->verdict),
	    c->r->reveal);
	buf_addc(&c->out, '\n');
}

static void
answer_json(struct checking *c, const struct check_answer *a)
{
	struct json j = { .out = &c->out };
	struct buf detail = BUF_INIT(4096);
	char number[NUMBER_SHOWN], as_of[CLOCK_TEXT_MAX];
	uint32_t fired;

	number_text(number, c, a);
	clock_text(as_of, c->check.policy.as_of);
	check_detail(&detail, &c->check, a, verdict_headline(&a->verdict),
	    c->r->reveal);
	json_object(&j, NULL);
	json_str(&j, "schema", "scrub.check/1");
	json_str(&j, "number", number);
	json_str(&j, "as_of", as_of);
	json_bool(&j, "ok", a->verdict.fired == 0);
	json_array(&j, "reasons");
	for (fired = a->verdict.fired; fired; fired &= fired - 1)
		json_str(&j, NULL,
		    verdict_reason_name(
			(enum verdict_reason)__builtin_ctz(fired)));
	json_end(&j);
	json_span(&j, "detail", buf_span(&detail));
	json_bool(&j, "priority", a->verdict.priority > 0);
	json_end(&j);
	buf_addc(&c->out, '\n');
	buf_release(&detail);
}

/* ---- a register and an index that change meanwhile ---- */

/* A file can be read once more; nobody else can be asked in between. */
static int
passphrase_again(void *from, char *out, size_t cap, struct err *err)
{
	if (((const struct passphrase_from *)from)->file)
		return passphrase_ask(from, out, cap, err);
	err_set(err, ERR_AUTH,
	    "the key was replaced, and its passphrase is not at hand");
	return err_hint(err,
	    "start it again; --passphrase-file is read as often as needed");
}

/* The key may have been rotated: read it and open the register once more. */
static int
register_again(struct checking *c, struct err *err)
{
	struct run_options *r = c->r;
	const struct keyring_asker asker = { passphrase_again,
		&r->vault.phrase };
	struct register_db *db;
	struct keyring *keys;

	if (keyring_open(&keys, r->home.home.key, &asker, err) < 0)
		return -1;
	if (register_open(&db, r->home.home.db, keys, REGISTER_READ, err) < 0) {
		keyring_close(keys);
		return -1;
	}
	register_close(r->o.lists.db);
	keyring_close(r->home.keys);
	r->o.lists.db = db;
	r->home.keys = keys;
	check_use(&c->check, db);
	return 0;
}

/* A refresh may have ended, and lists grow older. */
static int
index_follow(struct checking *c, int64_t at, struct err *err)
{
	struct lists_options *lists = &c->r->o.lists;
	struct index *old = lists->index;
	int ret;

	if (!lists->db)
		return 0; /* no home, or not wanted */
	if (!generations_moved(&c->r->home.home,
		old ? index_about(old)->generation : 0)) {
		if (!old)
			return 0;
		if (refresh_fresh(old, at, err) < 0)
			return -1;
		return indexed_reaches(old, &c->check.policy, err);
	}
	if (run_options_index(c->r, at, &lists->index, err) < 0) {
		lists->index = old;
		return -1;
	}
	ret = check_use_index(&c->check, lists->index, err);
	index_close(old);
	return ret;
}

static int
refresh(struct checking *c, struct err *err)
{
	const char *as_of = c->r->as_of;
	int64_t at = as_of && strcmp(as_of, "now") != 0 ? c->r->o.policy.as_of :
							  clock_now();

	if (check_refresh(&c->check, at, err) < 0 &&
	    (err->code != ERR_AUTH || register_again(c, err) < 0))
		return -1;
	if (index_follow(c, at, err) < 0)
		return -1;
	c->check.policy.consent_required = run_options_consent(c->r);
	return 0;
}

/* ---- asking ---- */

/* "NUMBER", or "NUMBER<TAB>CUSTOMER-ID". */
static int
line_check(void *arg, struct span s, struct err *err)
{
	struct checking *c = arg;
	const char *tab = memchr(s.p, '\t', s.n);
	struct span person = span_of("", 0);
	struct check_answer a;

	if (tab) {
		person = span_trim(
		    span_of(tab + 1, (size_t)(s.p + s.n - tab - 1)));
		s.n = (size_t)(tab - s.p);
	}
	if (refresh(c, err) < 0 ||
	    check_text(&c->check, s, person, &a, err) < 0)
		return -1;
	c->refused |= a.verdict.fired != 0;
	buf_reset(&c->out);
	if (c->r->json)
		answer_json(c, &a);
	else
		answer_line(c, &a);
	if (buf_check(&c->out, err) < 0)
		return -1;
	fwrite(c->out.p, 1, c->out.n, stdout);
	return 0;
}

static int
check_all(struct checking *c, int n, char **number, struct err *err)
{
	int i;

	if (n == 0 && isatty(STDIN_FILENO)) {
		err_set(err, ERR_USAGE, "there is no number to check");
		return err_hint(err,
		    "scrub check NUMBER..., or - for one a line from standard "
		    "input");
	}
	if (n == 0)
		return lines_read(line_check, c, err);
	for (i = 0; i < n; i++)
		if ((strcmp(number[i], "-") == 0 ?
			    lines_read(line_check, c, err) :
			    line_check(c, span_str(number[i]), err)) < 0)
			return -1;
	return 0;
}

static int
checking_run(struct run_options *r, int n, char **number, struct err *err)
{
	struct checking c = { .r = r, .out = BUF_INIT(1 << 20) };
	int ret = -1;

	if (check_open(&c.check, &r->o, err) == 0 &&
	    check_all(&c, n, number, err) == 0)
		ret = c.refused ? EXIT_NO : EXIT_DONE;
	check_close(&c.check);
	buf_release(&c.out);
	return ret;
}

static int
check_run(const struct command *c, int argc, char **argv, struct err *err)
{
	struct run_options r;
	int first, ret = -1;

	if (run_options_read(&r, c->options, argc, argv, &first, err) == 0) {
		if (r.help) {
			command_usage(stdout, c);
			ret = EXIT_DONE;
		} else if (run_options_settle(&r, err) == 0) {
			ret = checking_run(&r, argc - first, argv + first, err);
		}
	}
	run_options_release(&r);
	return ret;
}

static void
check_help(FILE *out)
{
	fputs("\nPrints one line a number, tabs between: the number, masked; "
	      "ok, or the reasons\nagainst a call; more on the first of them. "
	      "A line of standard input may have a\ncustomer id behind a tab. "
	      "Exits with 0 when all may be called, else with 3.\n",
	    out);
}

const struct command command_check = {
	.name = "check",
	.usage = "scrub check [OPTION]... [NUMBER...|-]",
	.about = "say whether numbers may be called now",
	.options = &check_option_table,
	.run = check_run,
	.help = check_help,
};
